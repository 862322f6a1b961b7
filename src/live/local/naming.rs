//! Paths and names of local images as segments of a request's path: everything but a few plain characters is written in
//! hexadecimal. What a registry knows of names and digests stays as it is.

use std::fmt::Write as _;

/// Stands for the only image of a folder or an archive; no name has white space.
pub const ONLY: &str = "the only one";

/// A text as one segment.
pub fn segment(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut segment, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':') {
            segment.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(segment, "%{byte:02X}");
        }
        segment
    })
}

/// The text of a segment; `None` where it is none of ours.
pub fn read(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, after @ ..] = rest {
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => {
                let hex = std::str::from_utf8(&[*high, *low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())?;
                rest = after.get(2..).unwrap_or_default();
                hex
            }
            (b'%', _) => return None,
            (byte, _) => {
                rest = after;
                *byte
            }
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{read, segment};
    use proptest::prelude::*;

    #[test]
    fn what_registries_have_stays_as_it_is() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for plain in ["1.4.2", "v_1-x", "latest", &digest] {
            assert_eq!(segment(plain), plain);
        }
        assert_eq!(segment("out/App 1"), "out%2FApp%201");
        assert_eq!(segment("docker.io/library/shop:1"), "docker.io%2Flibrary%2Fshop:1");
        for strange in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(read(strange), None, "{strange}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            let segment = segment(&text);
            prop_assert!(segment.is_ascii() && !segment.contains('/') && !segment.contains('?'));
            prop_assert_eq!(read(&segment), Some(text));
        }

        #[test]
        fn no_segment_is_too_strange(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}

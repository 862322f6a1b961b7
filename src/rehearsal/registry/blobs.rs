//! Blobs over the distribution protocol, whole or from an offset on.

use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, StatusCode};

use super::error::{blob_unknown, error};
use super::repository::Repository;
use super::serve::{CONTENT_DIGEST, Served};

/// HEAD of a blob.
pub fn head(repository: &Repository, digest: &str) -> Served {
    match repository.blobs.get(digest) {
        Some(blob) => described(StatusCode::OK, digest).with(CONTENT_LENGTH, blob.len().to_string()),
        None => blob_unknown(digest),
    }
}

/// GET of a blob, or of the part that Range names.
pub fn get(repository: &Repository, digest: &str, headers: &HeaderMap) -> Served {
    let Some(blob) = repository.blobs.get(digest) else {
        return blob_unknown(digest);
    };
    let length = blob.len();
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let Some((first, last)) = asked.and_then(|text| range(text, length)) else {
        return described(StatusCode::OK, digest).body(blob.clone());
    };
    if first >= length || first > last {
        return error(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "RANGE_INVALID",
            &format!("the blob {digest} has {length} bytes"),
        )
        .with(CONTENT_RANGE, format!("bytes */{length}"));
    }
    described(StatusCode::PARTIAL_CONTENT, digest)
        .with(CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))
        .body(blob.slice(first..=last))
}

fn described(status: StatusCode, digest: &str) -> Served {
    Served::new(status)
        .with(CONTENT_TYPE, "application/octet-stream")
        .with(ACCEPT_RANGES, "bytes")
        .with(CONTENT_DIGEST, digest)
}

/// First and last byte of `bytes=first-[last]`; anything else is no range, and ignored as HTTP has it.
fn range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.trim().parse().ok()?;
    let end = length.saturating_sub(1);
    let last = match last.trim() {
        "" => end,
        digits => digits.parse::<usize>().ok()?.min(end),
    };
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_blob() {
        assert_eq!(range("bytes=5-", 10), Some((5, 9)));
        assert_eq!(range("bytes=5-7", 10), Some((5, 7)));
        assert_eq!(range("bytes=5-700", 10), Some((5, 9)));
        assert_eq!(range("bytes=50-", 10), Some((50, 9)));
        assert_eq!(range("bytes=-5", 10), None);
        assert_eq!(range("lines=1-2", 10), None);
    }
}

//! Sizes for people, in decimal units: `20.9 MB`.

use std::time::Duration;

const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];

/// Bytes with one decimal of the unit that fits, rounded half up; below 1000 the bytes themselves.
pub fn human(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut scale: u128 = 1_000;
    for unit in UNITS {
        let tenths = (u128::from(bytes) * 10 + scale / 2) / scale;
        // 999,950 is 1000.0 kB when rounded, and so 1.0 MB
        if tenths < 10_000 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        scale *= 1_000;
    }
    format!("{bytes} B")
}

/// Bytes in a duration as a rate, `12.3 MB/s`; `None` for no time at all.
pub fn rate(bytes: u64, duration: Duration) -> Option<String> {
    let nanoseconds = duration.as_nanos();
    let each_second = (u128::from(bytes) * 1_000_000_000).checked_div(nanoseconds)?;
    Some(format!("{}/s", human(u64::try_from(each_second).unwrap_or(u64::MAX))))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{human, rate};

    #[test]
    fn sizes_have_one_decimal_of_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (20_850_000, "20.9 MB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (524_288_000, "524.3 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(human(bytes), text);
        }
    }

    #[test]
    fn a_rate_needs_some_time() {
        assert_eq!(rate(41_700_000, Duration::from_secs(2)).as_deref(), Some("20.9 MB/s"));
        assert_eq!(rate(1, Duration::ZERO), None);
        assert_eq!(rate(u64::MAX, Duration::from_nanos(1)).as_deref(), Some("18.4 EB/s"));
    }
}

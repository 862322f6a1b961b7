//! Durations, sizes and rates as people write them: `3s`, `20MB`, `100MB/s`.

use std::time::Duration;

/// A duration such as `20ms`, `3s` or `1m30s`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration: write it like \"20ms\", \"3s\" or \"1m30s\"");
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).map_err(|_| wrong())
}

/// A number of bytes such as `512`, `20MB` (decimal) or `16MiB` (binary).
pub fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 7] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let (digits, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor))).unwrap_or((text, 1));
    digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("`{text}` is not a size: write it like \"20MB\" or \"16MiB\""))
}

/// Bytes a second, such as `100MB/s`; zero is refused, nothing would ever arrive.
pub fn rate(text: &str) -> Result<u64, String> {
    match text.strip_suffix("/s").map(size) {
        Some(Ok(bytes)) if bytes > 0 => Ok(bytes),
        _ => Err(format!("`{text}` is not a rate: write it like \"100MB/s\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_write_them() {
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(size("20MB"), Ok(20_000_000));
        assert_eq!(size("16MiB"), Ok(16 * 1024 * 1024));
        assert_eq!(size("512"), Ok(512));
        assert_eq!(rate("100MB/s"), Ok(100_000_000));
    }

    #[test]
    fn anything_else_says_how_to_write_it() {
        assert!(duration("soon").is_err_and(|error| error.contains("`soon`")));
        assert!(duration("-3s").is_err());
        assert!(size("20 elephants").is_err());
        assert!(size("99999999999999GB").is_err());
        assert!(rate("0B/s").is_err());
        assert!(rate("100MB").is_err());
    }
}

//! Instants for people.

/// Milliseconds since 1970 as `2026-11-20 02:00:00Z`.
pub fn instant(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

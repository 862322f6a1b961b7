//! The two ways to write a task's cpu and memory.

/// CPU units: `1024`, or `1 vCPU` (also `.5 vCPU`), which is 1024 units.
pub fn cpu_units(text: &str) -> Option<u64> {
    amount(text, "vcpu")
}

/// Mebibytes: `2048`, or `2 GB` (also `0.5GB`), which is 2048 MiB.
pub fn memory_mib(text: &str) -> Option<u64> {
    amount(text, "gb")
}

/// Whole numbers stand for themselves, decimal ones before `unit` for 1024 times as much.
fn amount(text: &str, unit: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let Some(number) = text.strip_suffix(unit) else {
        return text.parse().ok();
    };
    let (whole, fraction) = number.trim_end().split_once('.').unwrap_or((number.trim_end(), ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = |text: &str| {
        if text.is_empty() { Some(0) } else { digits_only(text) }
    };
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts = digits(fraction)?.checked_mul(1024)?;
    // a fraction that is no whole unit is no amount: ECS has none
    let parts = (parts % scale == 0).then(|| parts / scale)?;
    digits(whole)?.checked_mul(1024)?.checked_add(parts)
}

fn digits_only(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

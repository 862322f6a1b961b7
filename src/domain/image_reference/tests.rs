//! References, read as stories.

mod familiar;
mod local;
mod malformed;
mod properties;
mod vectors;

/// A digest that looks like one.
fn sha256() -> String {
    format!("sha256:{}", "0123456789abcdef".repeat(4))
}

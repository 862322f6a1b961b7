//! Identifiers derived by hashing what they identify, so that the same world and the same requests
//! give the same bytes. Nothing here is random.

use sha2::{Digest as _, Sha256};

use crate::rehearsal::digest::hex;

/// `length` (at most 64) hexadecimal digits for the thing that `parts` name.
pub fn hexadecimal(parts: &[&str], length: usize) -> String {
    let mut text = hex(&hash(parts));
    text.truncate(length);
    text
}

/// Nineteen decimal digits, as in `ecs-svc/1234567890123456789`.
pub fn decimal(parts: &[&str]) -> String {
    let number = hash(parts).iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let smallest = 1_000_000_000_000_000_000;
    (smallest + number % (8 * smallest)).to_string()
}

/// An identifier in the form of a UUID, as service events have.
pub fn uuid(parts: &[&str]) -> String {
    let digits = hexadecimal(parts, 32);
    let mut text = String::with_capacity(36);
    for (position, digit) in digits.chars().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

fn hash(parts: &[&str]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_shapes_of_aws_and_depend_on_every_part() {
        assert_eq!(decimal(&["a", "b"]).len(), 19);
        assert_ne!(decimal(&["a", "b"]), decimal(&["ab", ""]));
        assert_eq!(hexadecimal(&["task"], 32).len(), 32);
        let uuid = uuid(&["event"]);
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.matches('-').count(), 4);
    }
}

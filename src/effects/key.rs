//! The name of a call within a run: the branch that made it, and its number there.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;
use std::str::FromStr;

/// `7` on the script's own path; `3/0.2` is the second call of branch 0 of the parallel step 3. Independent of timing,
/// so that branches replay alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    branch: String,
    number: u64,
}

impl Key {
    /// The call `number` (from 1) of the script's own path.
    pub fn of(number: u64) -> Self {
        Self { branch: String::new(), number }
    }

    /// The question who a session is. It has no number of a path: which branch needs a session first is a matter of
    /// timing.
    pub fn of_session(name: &str) -> Self {
        Self { branch: format!("session/{name}"), number: 1 }
    }

    /// The call `number` (from 1) of a branch such as `3/0`.
    pub fn within(branch: impl Into<String>, number: u64) -> Self {
        Self { branch: branch.into(), number }
    }
}

impl Key {
    /// Whether it comes after `other` on the same branch, or on the branch that `other`'s lead back to.
    pub fn is_after(&self, other: &Self) -> bool {
        self != other
            && if self.branch == other.branch {
                self.number > other.number
            } else {
                // `4` comes after `3/0.2`: the parallel step 3 has joined
                let step = other.branch.strip_prefix(self.branch.as_str()).unwrap_or_default();
                let step = step.trim_start_matches('.').split(['/', '.']).next().and_then(|step| step.parse().ok());
                step.is_some_and(|step: u64| self.number > step)
            }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.branch.is_empty() {
            write!(out, "{}", self.number)
        } else {
            write!(out, "{}.{}", self.branch, self.number)
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (branch, number) = text.rsplit_once('.').unwrap_or(("", text));
        let number = number.parse().map_err(|_| format!("`{text}` is not the key of a call"))?;
        Ok(Self::within(branch, number))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn what_comes_after_what() {
        let after = [("2", "1"), ("4", "3/0.2"), ("3/0.3", "3/0.2"), ("3/0.5", "3/0.4/1.9"), ("10", "9/2.1/3.4")];
        for (later, earlier) in after {
            let [later, earlier] = [later, earlier].map(|text| text.parse::<Key>().expect("a key"));
            assert!(later.is_after(&earlier), "{later} {earlier}");
            assert!(!earlier.is_after(&later), "{earlier} {later}");
        }
        let (session, call) = (Key::of_session("prod"), Key::of(7));
        assert!(!session.is_after(&call) && !call.is_after(&session), "a session belongs to no path");
        let [left, right] = ["3/0.2", "3/1.5"].map(|text| text.parse::<Key>().expect("a key"));
        assert!(!left.is_after(&right) && !right.is_after(&left), "branches run side by side");
    }

    #[test]
    fn a_key_is_read_back_as_it_was_printed() {
        for key in
            [Key::of(1), Key::of(12), Key::within("3/0", 2), Key::within("3/0.2/11", 4), Key::of_session("a.b/c")]
        {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        assert_eq!("x".parse::<Key>(), Err("`x` is not the key of a call".to_owned()));
    }
}

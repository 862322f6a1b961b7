//! The name of a call within a run: the branch that made it, and its number there.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// `7` on the script's own path; `3/0.2` is the second call of branch 0 of the parallel step 3. Independent of timing,
/// so that branches replay alone.
///
/// Keys are ordered as a reader of the script would: a step's branches stand at that step's place, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// The call `number` (from 1) of those that are made at the end of a sitting, which ended at an instant.
    pub fn at_the_end(millis: i64, number: u64) -> Self {
        Self { branch: format!("end/{millis}"), number }
    }

    /// The call `number` (from 1) of a branch such as `3/0`.
    pub fn within(branch: impl Into<String>, number: u64) -> Self {
        Self { branch: branch.into(), number }
    }
}

impl Key {
    /// Whether it is no step of the script, but was made at a sitting's end.
    pub fn is_at_the_end(&self) -> bool {
        self.branch.starts_with("end/")
    }

    /// Whether it comes after `other` on the same branch, or on the branch that `other`'s lead back to.
    pub fn is_after(&self, other: &Self) -> bool {
        let (own, others) = (self.path(), other.path());
        let Some((number, before)) = own.split_last() else { return false };
        // `4` comes after `3/0.2`: the parallel step 3 has joined
        others.starts_with(before) && others.get(before.len()).is_some_and(|step| number > step)
    }

    /// `3/0.2` is 3, 0, 2. The question who a session is has no place in the script, nor has its
    /// sitting's end.
    fn path(&self) -> Vec<u64> {
        if self.branch.starts_with("session/") || self.is_at_the_end() {
            return Vec::new();
        }
        let steps = self.branch.split(['/', '.']).filter_map(|step| step.parse().ok());
        steps.chain([self.number]).collect()
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let names = || (&self.branch, self.number).cmp(&(&other.branch, other.number));
        self.path().cmp(&other.path()).then_with(names)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
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
        let [one, ten] = ["3/1.5", "3/10.2"].map(|text| text.parse::<Key>().expect("a key"));
        assert!(!one.is_after(&ten) && !ten.is_after(&one), "branch 10 is not of branch 1");
        let mut keys = ["10", "4", "3/10.1", "3/2.9", "3/2.10", "2", "session/prod.1"]
            .map(|text| text.parse::<Key>().expect("a key"));
        keys.sort();
        let sorted = keys.map(|key| key.to_string());
        assert_eq!(sorted, ["session/prod.1", "2", "3/2.9", "3/2.10", "3/10.1", "4", "10"]);
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

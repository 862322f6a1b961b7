//! The platform an image is for: `linux/amd64`, `linux/arm/v7`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Operating system, architecture and, where there is one, variant, in Go's words, as image indexes have them.
///
/// Spellings that mean the same are one: `linux/aarch64` and `linux/arm64/v8` are `linux/arm64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// A text that names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform: write OS/ARCHITECTURE, such as linux/amd64, linux/arm64 or linux/arm/v7")]
pub struct MalformedPlatform(String);

impl Platform {
    /// The platform of these parts, as manifests and configs have them.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let lower = str::to_ascii_lowercase;
        let (architecture, variant) = (lower(architecture), variant.map(lower).filter(|variant| !variant.is_empty()));
        let (architecture, variant) = match (architecture.as_str(), variant.as_deref()) {
            ("x86_64" | "x86-64" | "amd64", None | Some("v1")) => ("amd64".to_owned(), None),
            ("x86_64" | "x86-64", _) => ("amd64".to_owned(), variant),
            ("aarch64" | "arm64", None | Some("v8" | "8")) => ("arm64".to_owned(), None),
            ("aarch64", _) => ("arm64".to_owned(), variant),
            ("i386", _) => ("386".to_owned(), variant),
            _ => (architecture, variant),
        };
        Self { os: lower(os), architecture, variant }
    }

    /// Parses `OS/ARCHITECTURE[/VARIANT]`.
    ///
    /// # Errors
    /// A text of another form.
    pub fn parse(text: &str) -> Result<Self, MalformedPlatform> {
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture] if word(os) && word(architecture) => Ok(Self::new(os, architecture, None)),
            [os, architecture, variant] if word(os) && word(architecture) && word(variant) => {
                Ok(Self::new(os, architecture, Some(variant)))
            }
            _ => Err(MalformedPlatform(text.to_owned())),
        }
    }

    /// The operating system: `linux`.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The architecture: `amd64`.
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// Whether an image for `other` is one that is asked for by this: where this names no variant, every variant is.
    pub fn takes(&self, other: &Self) -> bool {
        let variant = self.variant.is_none() || self.variant == other.variant;
        self.os == other.os && self.architecture == other.architecture && variant
    }

    /// Whether it is what stands beside images that run nowhere: `unknown/unknown`, of attestations.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(out, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = MalformedPlatform;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Platform {
    type Error = MalformedPlatform;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn platform(text: &str) -> Platform {
        Platform::parse(text).unwrap()
    }

    #[test]
    fn spellings_that_mean_the_same_are_one() {
        let cases = [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/v9", "linux/arm64/v9"),
            ("linux/i386", "linux/386"),
            ("linux/arm/v7", "linux/arm/v7"),
            ("windows/amd64", "windows/amd64"),
        ];
        for (text, written) in cases {
            assert_eq!(platform(text).to_string(), written, "{text}");
        }
    }

    #[test]
    fn no_variant_takes_every_variant() {
        let cases = [
            ("linux/arm", "linux/arm/v7", true),
            ("linux/arm/v6", "linux/arm/v7", false),
            ("linux/arm/v6", "linux/arm", false),
            ("linux/arm64", "linux/arm64/v8", true),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/amd64", "windows/amd64", false),
        ];
        for (asked, there, taken) in cases {
            assert_eq!(platform(asked).takes(&platform(there)), taken, "{asked} of {there}");
        }
    }

    #[test]
    fn what_names_no_platform_is_told_how_to() {
        for text in ["", "amd64", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux//v7"] {
            let why = Platform::parse(text).unwrap_err().to_string();
            assert!(why.starts_with(&format!("`{text}` is not a platform")) && why.contains("linux/arm64"), "{why}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "[a-zA-Z0-9_]{1,8}/[a-z0-9_]{1,8}(/[a-zA-Z0-9.]{1,4})?") {
            let once = platform(&text);
            prop_assert_eq!(platform(&once.to_string()), once);
        }
    }
}

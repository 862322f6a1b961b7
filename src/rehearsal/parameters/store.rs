//! Parameters and their versions, and how one is found.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::rehearsal::moment::Moment;

/// Parameters by name.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    parameters: BTreeMap<String, Parameter>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name: `/shop/url`.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its type.
    pub kind: Kind,
    /// The values of its versions 1, 2, 3…
    pub values: Vec<String>,
    /// Versions by label.
    pub labels: BTreeMap<String, u64>,
    /// When it changed last.
    pub changed: Moment,
}

/// `Type`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// A text.
    #[default]
    String,
    /// Texts with commas between them.
    StringList,
    /// A text that is encrypted unless the request asks for more.
    SecureString,
}

impl Kind {
    /// The name that Systems Manager has for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::String => "String",
            Kind::StringList => "StringList",
            Kind::SecureString => "SecureString",
        }
    }
}

/// Why a parameter is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// There is none of this name.
    Name,
    /// It has no such version or label.
    Version { name: String, selector: String },
}

/// A parameter at one of its versions.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub parameter: &'a Parameter,
    pub version: u64,
    pub value: &'a str,
    /// `:3` or `:stable`, as it was asked for.
    pub selector: Option<&'a str>,
}

impl Parameters {
    /// Keeps a parameter; whether there was none of its name.
    pub fn keep(&mut self, parameter: Parameter) -> bool {
        self.parameters.insert(parameter.name.clone(), parameter).is_none()
    }

    /// The parameter of `name`, `name:version`, `name:label`, or an ARN in place of the name.
    pub fn find<'a>(&'a self, asked: &'a str) -> Result<Found<'a>, Absent> {
        // an ARN has five colons of its own
        let own = if asked.starts_with("arn:") { 5 } else { 0 };
        let colon = asked.match_indices(':').nth(own).map(|(at, _)| at);
        let (name, selector) = colon.map_or((asked, None), |at| {
            let (name, selector) = asked.split_at(at);
            (name, Some(selector))
        });
        let mut parameters = self.parameters.values();
        let parameter = parameters.find(|one| one.name == name || one.arn == name).ok_or(Absent::Name)?;
        let newest = parameter.values.len() as u64;
        let version = match selector.and_then(|selector| selector.strip_prefix(':')) {
            None => Some(newest),
            Some(wanted) => wanted.parse().ok().or_else(|| parameter.labels.get(wanted).copied()),
        };
        let found = version.and_then(|version| {
            let position = usize::try_from(version.checked_sub(1)?).ok()?;
            Some(Found { parameter, version, value: parameter.values.get(position)?, selector })
        });
        found.ok_or_else(|| Absent::Version {
            name: parameter.name.clone(),
            selector: selector.unwrap_or_default().trim_start_matches(':').to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_by_name_version_label_and_arn() {
        let mut store = Parameters::default();
        let arn = "arn:aws:ssm:eu-west-1:1:parameter/shop/url";
        assert!(store.keep(Parameter {
            name: "/shop/url".into(),
            arn: arn.into(),
            kind: Kind::String,
            values: vec!["one".into(), "two".into()],
            labels: BTreeMap::from([("stable".into(), 1)]),
            changed: Moment::of(jiff::Timestamp::UNIX_EPOCH),
        }));
        let version = |selector: &str| Err(Absent::Version { name: "/shop/url".into(), selector: selector.into() });
        for (asked, expected) in [
            ("/shop/url".to_owned(), Ok("two")),
            ("/shop/url:1".to_owned(), Ok("one")),
            ("/shop/url:stable".to_owned(), Ok("one")),
            (arn.to_owned(), Ok("two")),
            (format!("{arn}:1"), Ok("one")),
            ("/shop/url:3".to_owned(), version("3")),
            ("/shop/url:0".to_owned(), version("0")),
            ("/shop/url:new".to_owned(), version("new")),
            ("/shop".to_owned(), Err(Absent::Name)),
        ] {
            assert_eq!(store.find(&asked).map(|found| found.value), expected, "{asked}");
        }
    }
}

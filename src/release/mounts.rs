//! Repositories of the target's registry that may have blobs of an image already.

use crate::domain::image_reference::Reference;
use crate::effects::fault::Fault;

/// Their names in the registry of `to`: each is asked for by its name there, or with the registry before it.
///
/// # Errors
/// Usage for what is no repository, or is in another registry.
pub fn names(to: &Reference, asked: &[String]) -> Result<Vec<String>, Fault> {
    asked.iter().map(|one| name(to.domain(), one)).collect()
}

fn name(registry: &str, asked: &str) -> Result<String, Fault> {
    let path = asked.strip_prefix(registry).and_then(|rest| rest.strip_prefix('/')).unwrap_or(asked);
    let parsed = Reference::parse(&format!("{registry}/{path}"));
    let elsewhere = Reference::parse_canonical(asked).is_ok_and(|image| image.domain() != registry);
    match parsed {
        Ok(image) if image.tag().is_none() && image.digest().is_none() && !elsewhere => Ok(image.path().to_owned()),
        _ => Err(Fault::usage(format!("`mount_from`: `{asked}` is no repository of {registry}"))
            .hint("write it as it is named there, without a tag: blobs are taken from inside one registry alone")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_with_or_without_its_registry() {
        let to = Reference::parse("reg.example:5000/shop:1").expect("a reference");
        let names = |asked: &str| names(&to, &[asked.to_owned()]);
        for (asked, name) in [("base", "base"), ("team/base", "team/base"), ("reg.example:5000/team/base", "team/base")]
        {
            assert_eq!(names(asked), Ok(vec![name.to_owned()]), "{asked}");
        }
        for wrong in ["base:1", "other.example/base", "Base", "", "reg.example:5000/", "base@sha256:0"] {
            let fault = names(wrong).expect_err(wrong);
            assert_eq!(fault.message, format!("`mount_from`: `{wrong}` is no repository of reg.example:5000"));
        }
    }
}

//! `DescribeRepositories` and `CreateRepository`.

use serde_json::{Value, json};

use super::operations::{Desk, list, text};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::registry::Repository;

/// Answers `DescribeRepositories`: those named, or all.
pub fn describe(desk: &Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let named = list(body, "repositoryNames");
    let mut repositories = Vec::new();
    if named.is_empty() {
        repositories.extend(desk.registry.repositories.values().map(|one| document(desk, one)));
    }
    for name in named.iter().filter_map(Value::as_str) {
        let found = desk.registry.repositories.get(name).filter(|_| desk.is_ours(body));
        let found = found.ok_or_else(|| desk.no_repository(name, body))?;
        repositories.push(document(desk, found));
    }
    Ok(json!({ "repositories": repositories }))
}

/// Answers `CreateRepository`.
pub fn create(desk: &mut Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let name = text(body, "repositoryName");
    if !is_name(name) {
        return Err(AwsError::parameter(format!(
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy \
             regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'': '{name}'"
        )));
    }
    if desk.registry.repositories.contains_key(name) {
        return Err(AwsError::new(
            "RepositoryAlreadyExistsException",
            format!("The repository with name '{name}' already exists in the registry with id '{}'", desk.account),
        ));
    }
    let filters = list(body, "imageTagMutabilityExclusionFilters");
    let (immutable, with_exceptions) = match text(body, "imageTagMutability") {
        "" | "MUTABLE" => (false, false),
        "IMMUTABLE" => (true, false),
        "MUTABLE_WITH_EXCLUSION" => (false, true),
        "IMMUTABLE_WITH_EXCLUSION" => (true, true),
        other => {
            return Err(AwsError::parameter(format!(
                "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: '{other}' is no member of the enum"
            )));
        }
    };
    if with_exceptions == filters.is_empty() || filters.len() > 5 {
        return Err(AwsError::parameter(
            "Invalid parameter at 'imageTagMutabilityExclusionFilters': a mode with exclusions has from 1 to 5, others none",
        ));
    }
    let mut repository = Repository::new(name, immutable, desk.now);
    repository.exceptions = filters.iter().map(|filter| text(filter, "filter").to_owned()).collect();
    let shown = document(desk, &repository);
    desk.registry.repositories.insert(name.to_owned(), repository);
    Ok(json!({ "repository": shown }))
}

fn document(desk: &Desk<'_>, repository: &Repository) -> Value {
    let Desk { account, region, registry, .. } = desk;
    let name = &repository.name;
    let mut document = json!({
        "repositoryArn": format!("arn:aws:ecr:{region}:{account}:repository/{name}"),
        "registryId": account,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", registry.host),
        "createdAt": repository.created.epoch_seconds(),
        "imageTagMutability": match (repository.immutable, repository.exceptions.is_empty()) {
            (true, true) => "IMMUTABLE",
            (true, false) => "IMMUTABLE_WITH_EXCLUSION",
            (false, true) => "MUTABLE",
            (false, false) => "MUTABLE_WITH_EXCLUSION",
        },
        "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    });
    if let Some(members) = document.as_object_mut().filter(|_| !repository.exceptions.is_empty()) {
        let filters = repository.exceptions.iter().map(|filter| json!({ "filterType": "WILDCARD", "filter": filter }));
        members.insert("imageTagMutabilityExclusionFilters".to_owned(), filters.collect());
    }
    document
}

/// ECR's rule for names: components of lower-case letters and digits, separated inside by one of
/// `._-`; 2 to 256 characters.
fn is_name(name: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let component = |component: &str| {
        component.split(['.', '_', '-']).all(|word| !word.is_empty() && word.bytes().all(alphanumeric))
    };
    (2..=256).contains(&name.len()) && name.split('/').all(component)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_follow_the_rule_of_ecr() {
        for name in ["shop", "team/shop", "a.b-c_d/e2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "a", "Shop", "shop/", "/shop", "a..b", "a-", "a b", &"x".repeat(257)] {
            assert!(!is_name(name), "{name}");
        }
    }
}

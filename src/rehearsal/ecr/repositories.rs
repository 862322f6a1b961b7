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
    let immutable = match text(body, "imageTagMutability") {
        "" | "MUTABLE" => false,
        "IMMUTABLE" => true,
        other => {
            return Err(AwsError::parameter(format!(
                "Invalid parameter at 'imageTagMutability': this rehearsal knows MUTABLE and IMMUTABLE, not '{other}'"
            )));
        }
    };
    let repository = Repository::new(name, immutable, desk.now);
    let shown = document(desk, &repository);
    desk.registry.repositories.insert(name.to_owned(), repository);
    Ok(json!({ "repository": shown }))
}

fn document(desk: &Desk<'_>, repository: &Repository) -> Value {
    let Desk { account, region, registry, .. } = desk;
    let name = &repository.name;
    json!({
        "repositoryArn": format!("arn:aws:ecr:{region}:{account}:repository/{name}"),
        "registryId": account,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", registry.host),
        "createdAt": repository.created.epoch_seconds(),
        "imageTagMutability": if repository.immutable { "IMMUTABLE" } else { "MUTABLE" },
        "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    })
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

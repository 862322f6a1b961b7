//! Whether a tag may be moved in a repository of ECR.

use serde_json::Value;

/// Whether ECR refuses to give `tag` to another image once it is there. `repository` is what `DescribeRepositories` says:
/// `imageTagMutability` is `MUTABLE`, `IMMUTABLE`, or one of these `_WITH_EXCLUSION`, for which the tags that one of the
/// `imageTagMutabilityExclusionFilters` takes are the opposite.
pub fn is_immutable(repository: &Value, tag: &str) -> bool {
    let mode = repository.get("imageTagMutability").and_then(Value::as_str).unwrap_or("MUTABLE");
    let filters = repository.get("imageTagMutabilityExclusionFilters").and_then(Value::as_array);
    let excluded = || {
        let patterns = filters.into_iter().flatten().filter_map(|one| one.get("filter").and_then(Value::as_str));
        patterns.into_iter().any(|pattern| takes(pattern, tag))
    };
    match mode {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !excluded(),
        "MUTABLE_WITH_EXCLUSION" => excluded(),
        _ => false,
    }
}

/// Whether a pattern takes a tag. ECR's wildcards: `*` is any text, also none; everything else stands for itself.
pub fn takes(pattern: &str, tag: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == tag };
    let Some(mut left) = tag.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn modes_and_filters_decide_as_ecr_says() {
        let cases = [
            ("MUTABLE", &[][..], "1", false),
            ("IMMUTABLE", &[], "1", true),
            ("IMMUTABLE_WITH_EXCLUSION", &["latest"], "latest", false),
            ("IMMUTABLE_WITH_EXCLUSION", &["latest"], "latest-1", true),
            ("IMMUTABLE_WITH_EXCLUSION", &["dev-*", "latest*"], "dev-7", false),
            ("IMMUTABLE_WITH_EXCLUSION", &["dev-*", "latest*"], "latest", false),
            ("IMMUTABLE_WITH_EXCLUSION", &["dev-*"], "1.4.2", true),
            ("MUTABLE_WITH_EXCLUSION", &["release-*"], "release-3", true),
            ("MUTABLE_WITH_EXCLUSION", &["release-*"], "dev", false),
            ("MUTABLE_WITH_EXCLUSION", &["*-prod-*"], "20260804-prod-1", true),
            ("MUTABLE_WITH_EXCLUSION", &["a*a"], "a", false),
            ("MUTABLE_WITH_EXCLUSION", &["*"], "", true),
            ("MUTABLE_WITH_EXCLUSION", &["1.*"], "10", false),
            ("A_MODE_OF_TOMORROW", &["*"], "1", false),
        ];
        for (mode, filters, tag, immutable) in cases {
            let filters: Vec<_> =
                filters.iter().map(|one| json!({ "filterType": "WILDCARD", "filter": one })).collect();
            let repository = json!({ "imageTagMutability": mode, "imageTagMutabilityExclusionFilters": filters });
            assert_eq!(is_immutable(&repository, tag), immutable, "{mode} {filters:?} {tag}");
        }
        assert!(!is_immutable(&json!({}), "1"), "repositories are mutable unless they say so");
    }
}

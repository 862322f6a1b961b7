//! `BatchDeleteImage`: by tag, which takes the image along with its last tag, or by digest with all of its tags.

use serde_json::{Value, json};

use super::operations::{Desk, list, text};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::registry::Repository;

/// Answers `BatchDeleteImage`; a hundred at most. What cannot be deleted is a failure, and no error.
pub fn call(desk: &mut Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let named = list(body, "imageIds");
    let repository = desk.repository_mut(body)?;
    if named.is_empty() || named.len() > 100 {
        return Err(AwsError::parameter(
            "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length between 1 and 100'",
        ));
    }
    let mut deleted = Vec::new();
    let mut failures = Vec::new();
    for id in named {
        match delete(repository, text(id, "imageDigest"), text(id, "imageTag")) {
            Ok(ids) => deleted.extend(ids),
            Err((code, reason)) => {
                failures.push(json!({ "imageId": id, "failureCode": code, "failureReason": reason }));
            }
        }
    }
    Ok(json!({ "imageIds": deleted, "failures": failures }))
}

fn delete(repository: &mut Repository, digest: &str, tag: &str) -> Result<Vec<Value>, (&'static str, &'static str)> {
    let absent = ("ImageNotFound", "Requested image not found");
    if digest.is_empty() && tag.is_empty() {
        return Err(("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"));
    }
    let tagged = repository.tags.get(tag).cloned();
    let whole = match (digest.is_empty(), tag.is_empty()) {
        (false, false) if tagged.as_deref() != Some(digest) => {
            return Err(("ImageTagDoesNotMatchDigest", "Tag does not match digest"));
        }
        (false, _) => digest.to_owned(),
        (true, _) => tagged.ok_or(absent)?,
    };
    if !repository.manifests.contains_key(&whole) {
        return Err(absent);
    }
    // a tag takes the image along only when it was the last one
    let tags: Vec<String> = repository.tags_of(&whole).into_iter().map(str::to_owned).collect();
    let goes = tag.is_empty() || tags.len() == 1;
    if goes && repository.is_referenced(&whole) {
        return Err((
            "ImageReferencedByManifestList",
            "Requested image referenced by manifest list: it cannot be deleted before the list is",
        ));
    }
    let untagged: Vec<String> = if tag.is_empty() { tags } else { vec![tag.to_owned()] };
    for tag in &untagged {
        repository.tags.remove(tag);
    }
    if goes {
        repository.manifests.remove(&whole);
    }
    Ok(if untagged.is_empty() {
        vec![json!({ "imageDigest": whole })]
    } else {
        untagged.iter().map(|tag| json!({ "imageDigest": whole, "imageTag": tag })).collect()
    })
}

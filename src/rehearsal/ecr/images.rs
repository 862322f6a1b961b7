//! `DescribeImages`, `ListImages`, `BatchGetImage` and `BatchCheckLayerAvailability`.

use serde_json::{Value, json};

use super::operations::{Desk, list, text};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::registry::{Manifest, Repository};

/// Answers `DescribeImages`: those named, or all.
pub fn describe(desk: &Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let repository = desk.repository(body)?;
    let named = list(body, "imageIds");
    let mut details = Vec::new();
    if named.is_empty() {
        for (digest, manifest) in &repository.manifests {
            if !is_wanted(body, repository, digest, manifest) {
                continue;
            }
            details.push(detail(desk, repository, digest, manifest));
        }
    }
    for id in named {
        let (digest, manifest) = find(repository, id).ok_or_else(|| not_found(desk, repository, id))?;
        details.push(detail(desk, repository, digest, manifest));
    }
    Ok(json!({ "imageDetails": details }))
}

/// Whether a request's `filter` lets an image through; without one, those in the archive are left out.
fn is_wanted(body: &Value, repository: &Repository, digest: &str, manifest: &Manifest) -> bool {
    let filter = |member: &str| body.get("filter").map_or("", |filter| text(filter, member));
    let tagged = !repository.tags_of(digest).is_empty();
    let by_tag = match filter("tagStatus") {
        "TAGGED" => tagged,
        "UNTAGGED" => !tagged,
        _ => true,
    };
    let by_status = match filter("imageStatus") {
        "ANY" => true,
        "ARCHIVED" => manifest.archived,
        "ACTIVATING" => false,
        _ => !manifest.archived,
    };
    by_tag && by_status
}

/// Answers `ListImages`: one entry a tag, and one for each manifest without any.
pub fn list_images(desk: &Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let repository = desk.repository(body)?;
    let mut ids = Vec::new();
    for (digest, manifest) in &repository.manifests {
        if !is_wanted(body, repository, digest, manifest) {
            continue;
        }
        let tags = repository.tags_of(digest);
        if tags.is_empty() {
            ids.push(json!({ "imageDigest": digest }));
        }
        for tag in tags {
            ids.push(json!({ "imageDigest": digest, "imageTag": tag }));
        }
    }
    Ok(json!({ "imageIds": ids }))
}

/// Answers `BatchGetImage`, with the manifests' exact text; a hundred at most.
pub fn batch_get(desk: &Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let repository = desk.repository(body)?;
    let named = list(body, "imageIds");
    if named.is_empty() || named.len() > 100 {
        return Err(AwsError::parameter(
            "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length between 1 and 100'",
        ));
    }
    let mut images = Vec::new();
    let mut failures = Vec::new();
    for id in named {
        let found = find(repository, id);
        if found.is_some_and(|(_, manifest)| manifest.archived) {
            failures.push(json!({
                "imageId": id,
                "failureCode": "ImageInaccessible",
                "failureReason": "The image is archived",
            }));
        } else if let Some((digest, manifest)) = found {
            images.push(image(desk, repository, digest, text(id, "imageTag"), manifest));
        } else {
            failures.push(json!({
                "imageId": id,
                "failureCode": "ImageNotFound",
                "failureReason": "Requested image not found",
            }));
        }
    }
    Ok(json!({ "images": images, "failures": failures }))
}

/// Answers `BatchCheckLayerAvailability`.
pub fn check_layers(desk: &Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let repository = desk.repository(body)?;
    let mut layers = Vec::new();
    for digest in list(body, "layerDigests").iter().filter_map(Value::as_str) {
        layers.push(match repository.blobs.get(digest) {
            Some(blob) => json!({
                "layerDigest": digest,
                "layerAvailability": "AVAILABLE",
                "layerSize": blob.len(),
            }),
            None => json!({ "layerDigest": digest, "layerAvailability": "UNAVAILABLE" }),
        });
    }
    Ok(json!({ "layers": layers, "failures": [] }))
}

/// An image with its manifest, as `BatchGetImage` and `PutImage` answer it.
pub fn image(desk: &Desk<'_>, repository: &Repository, digest: &str, tag: &str, manifest: &Manifest) -> Value {
    let id = if tag.is_empty() {
        json!({ "imageDigest": digest })
    } else {
        json!({ "imageDigest": digest, "imageTag": tag })
    };
    json!({
        "registryId": desk.account,
        "repositoryName": repository.name,
        "imageId": id,
        "imageManifest": String::from_utf8_lossy(&manifest.bytes),
        "imageManifestMediaType": manifest.media_type,
    })
}

fn detail(desk: &Desk<'_>, repository: &Repository, digest: &str, manifest: &Manifest) -> Value {
    let mut document = json!({
        "registryId": desk.account,
        "repositoryName": repository.name,
        "imageDigest": digest,
        "imageSizeInBytes": manifest.size + manifest.bytes.len() as u64,
        "imagePushedAt": manifest.pushed.epoch_seconds(),
        "imageManifestMediaType": manifest.media_type,
        "imageStatus": if manifest.archived { "ARCHIVED" } else { "ACTIVE" },
    });
    let tags = repository.tags_of(digest);
    if let Some(members) = document.as_object_mut()
        && !tags.is_empty()
    {
        members.insert("imageTags".to_owned(), json!(tags));
    }
    document
}

/// The image of an `imageId`: by digest, by tag, or by both when they agree.
fn find<'a>(repository: &'a Repository, id: &Value) -> Option<(&'a str, &'a Manifest)> {
    let (digest, tag) = (text(id, "imageDigest"), text(id, "imageTag"));
    let found = repository.manifest(if digest.is_empty() { tag } else { digest })?;
    let agrees = tag.is_empty() || repository.tags.get(tag).is_some_and(|tagged| tagged == found.0);
    agrees.then_some(found)
}

fn not_found(desk: &Desk<'_>, repository: &Repository, id: &Value) -> AwsError {
    let shown = |member: &str| match text(id, member) {
        "" => "null".to_owned(),
        value => value.to_owned(),
    };
    AwsError::new(
        "ImageNotFoundException",
        format!(
            "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the \
             repository with name '{}' in the registry with id '{}'",
            shown("imageDigest"),
            shown("imageTag"),
            repository.name,
            desk.account
        ),
    )
}

//! `PutImage`: a manifest, by tag or without, over layers that are there already.

use bytes::Bytes;
use serde_json::{Value, json};

use super::images::image;
use super::operations::{Desk, text};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::registry::{MediaType, Refusal};

/// Answers `PutImage`. The exact text of `imageManifest` is kept.
pub fn call(desk: &mut Desk<'_>, body: &Value) -> Result<Value, AwsError> {
    let manifest = text(body, "imageManifest");
    let tag = text(body, "imageTag");
    let wanted = text(body, "imageDigest");
    let media_type = match text(body, "imageManifestMediaType") {
        "" => inner_media_type(manifest),
        given => given.to_owned(),
    };
    let (account, now) = (desk.account.to_owned(), desk.now);
    let repository = desk.repository_mut(body)?;
    let bytes = Bytes::from(manifest.to_owned());
    let digest = crate::rehearsal::digest::sha256(&bytes);
    if !wanted.is_empty() && wanted != digest {
        return Err(AwsError::new(
            "ImageDigestDoesNotMatchException",
            format!("The image digest '{wanted}' does not match the digest '{digest}' of the manifest"),
        ));
    }
    let name = repository.name.clone();
    let reference = (!tag.is_empty()).then_some(tag);
    let pushed = repository
        .put_manifest(reference, bytes, &media_type, now)
        .map_err(|refusal| refused(refusal, &account, &name, &digest))?;
    if pushed.unchanged {
        return Err(already_exists(&account, &name, &digest, tag));
    }
    let repository = desk.repository(body)?;
    let kept = repository.manifest(&digest).map(|(digest, manifest)| image(desk, repository, digest, tag, manifest));
    Ok(json!({ "image": kept }))
}

fn inner_media_type(manifest: &str) -> String {
    serde_json::from_str::<Value>(manifest)
        .ok()
        .and_then(|document| document.get("mediaType")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| MediaType::OCI_MANIFEST.to_owned())
}

fn already_exists(account: &str, repository: &str, digest: &str, tag: &str) -> AwsError {
    AwsError::new(
        "ImageAlreadyExistsException",
        format!(
            "Image with digest '{digest}' and tag '{tag}' already exists in the repository with \
             name '{repository}' in registry with id '{account}'"
        ),
    )
}

fn refused(refusal: Refusal, account: &str, repository: &str, digest: &str) -> AwsError {
    let here = format!("in the repository with name '{repository}' in registry with id '{account}'");
    match refusal {
        Refusal::Invalid(why) => {
            AwsError::parameter(format!("Invalid parameter at 'ImageManifest' failed to satisfy constraint: '{why}'"))
        }
        Refusal::DigestMismatch(got) => AwsError::new(
            "ImageDigestDoesNotMatchException",
            format!("The image digest does not match the digest '{got}' of the manifest"),
        ),
        Refusal::MissingBlobs(digests) => AwsError::new(
            "LayersNotFoundException",
            format!("The layers with digests '[{}]' do not exist {here}", digests.join(", ")),
        ),
        Refusal::MissingManifests(digests) => AwsError::new(
            "ReferencedImagesNotFoundException",
            format!("The images with digests '[{}]' do not exist {here}", digests.join(", ")),
        ),
        Refusal::TagExists { tag, same: true } => already_exists(account, repository, digest, &tag),
        Refusal::TagExists { tag, same: false } => AwsError::new(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{tag}' already exists in the '{repository}' repository and cannot \
                 be overwritten because the tag is immutable."
            ),
        ),
    }
}

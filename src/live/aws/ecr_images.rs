//! Images by ECR's own API: a tag more without a pull, what was pushed when, and deleting.

use super::ecr::{read, write};
use super::json::Exchange;
use super::session::Session;
use super::{Aws, pages};
use crate::domain::image_facts::Pushed;
use crate::domain::image_reference::{Digest, Reference};
use crate::effects::fault::{Fault, FaultKind};
use serde_json::{Value, json};

/// Without these ECR converts a manifest, and its digest changes.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// A repository of ECR, and the session that reaches it.
#[derive(Clone, Debug)]
pub struct EcrRepository<'a> {
    /// The session.
    pub session: &'a str,
    /// The account whose registry it is in.
    pub account: String,
    /// Its name.
    pub name: &'a str,
}

impl Aws {
    /// ECR `BatchGetImage` and `PutImage`: gives the image `from` the tag of `to`. The tag's own image is asked for with
    /// the first, so that a tag that is taken is refused before anything is written, unless it is to be replaced.
    ///
    /// # Errors
    /// `ImageMissing`; `TagTaken`; `ImageTagAlreadyExists` where the repository's tags are immutable.
    pub async fn retag(
        &self,
        at: EcrRepository<'_>,
        from: &Reference,
        to: &Reference,
        replace: bool,
    ) -> Result<Pushed, Fault> {
        let slot = self.slot(at.session);
        let session = self.checked(at.session, &slot).await?;
        let tag = to.tag().ok_or_else(|| Fault::usage(format!("`{to}` names no tag")))?;
        let Seen { image, digest, taken } = look(session, &at, from, tag).await?;
        let pushed = |unchanged| Pushed { image: to.with_digest(digest.clone()), unchanged, blobs: Vec::new() };
        match taken {
            Some(other) if other == digest => return Ok(pushed(true)),
            Some(other) if !replace => {
                let message = format!("tag {tag} of {} is taken by {other}; this image is {digest}", to.without_tag());
                return Err(Fault::new(FaultKind::Refused, "TagTaken", message)
                    .hint("give this image another tag, or say `replace: true`; nothing was written"));
            }
            _ => {}
        }

        let asked = session.writes("ecr:PutImage", format!("tag `{to}`"));
        let mut request = json!({ "registryId": at.account, "repositoryName": at.name, "imageTag": tag });
        for member in ["imageManifest", "imageManifestMediaType"] {
            if let Some(value) = image.get(member) {
                request[member] = value.clone();
            }
        }
        let exchange = Exchange::of(&request);
        let call = session.ecr.put_image().customize().interceptor(exchange.clone()).config_override(write());
        match exchange.finish(call.send().await, &asked) {
            Ok(answer) => match answer.get("image").and_then(digest_of) {
                Some(other) if other != digest => {
                    let message = format!("{asked}: ECR has it as {other}, and it was {digest}");
                    Err(Fault::new(FaultKind::Verification, "Unverified", message).happened())
                }
                _ => Ok(pushed(false)),
            },
            Err(fault)
                if fault.code == "ImageAlreadyExistsException" || fault.code == "ImageTagAlreadyExistsException" =>
            {
                // somebody else may have been faster, with the same image or another; emulators do not tell which
                match look(session, &at, from, tag).await?.taken {
                    Some(now) if now == digest => Ok(pushed(true)),
                    _ => Err(Fault { code: "ImageTagAlreadyExists".to_owned(), ..fault }.hint(
                        "the tag is immutable here and has another image: choose another tag, or deploy the image that it \
                         has",
                    )),
                }
            }
            Err(fault) => Err(fault),
        }
    }

    /// ECR `DescribeImages`: the tags of a repository, those of the image that was pushed last first.
    pub async fn tags(&self, at: EcrRepository<'_>) -> Result<Value, Fault> {
        let slot = self.slot(at.session);
        let session = self.checked(at.session, &slot).await?;
        let mut answer = super::ecr::describe_images(session, Some(&at.account), at.name, &[]).await?;
        let mut images = pages::list(&mut answer, "imageDetails");
        let pushed = |image: &Value| image.get("imagePushedAt").and_then(Value::as_f64).unwrap_or(0.0);
        images.sort_by(|one, other| pushed(other).total_cmp(&pushed(one)));
        let tags = images.iter().flat_map(|image| {
            let tags = image.get("imageTags").and_then(Value::as_array).into_iter().flatten();
            tags.map(
                |tag| json!({ "tag": tag, "digest": image.get("imageDigest"), "pushed": image.get("imagePushedAt") }),
            )
        });
        Ok(tags.collect())
    }

    /// ECR `DescribeImages` of one digest: its tags; none where there is no such image.
    pub async fn tags_of(&self, at: EcrRepository<'_>, digest: &Digest) -> Result<Vec<String>, Fault> {
        let slot = self.slot(at.session);
        let session = self.checked(at.session, &slot).await?;
        let image = [json!({ "imageDigest": digest.to_string() })];
        let mut answer = match super::ecr::describe_images(session, Some(&at.account), at.name, &image).await {
            Err(fault) if fault.code == "ImageNotFoundException" => return Ok(Vec::new()),
            answer => answer?,
        };
        let images = pages::list(&mut answer, "imageDetails");
        let tags = images.iter().filter_map(|image| image.get("imageTags")?.as_array()).flatten();
        Ok(tags.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// ECR `BatchDeleteImage`: a tag, or by its digest an image with all of its tags. Whether there was one.
    pub async fn delete_image(&self, at: EcrRepository<'_>, image: &Reference) -> Result<bool, Fault> {
        let slot = self.slot(at.session);
        let session = self.checked(at.session, &slot).await?;
        let asked = session.writes("ecr:BatchDeleteImage", format!("image `{image}`"));
        let request = json!({ "registryId": at.account, "repositoryName": at.name, "imageIds": [id(image)] });
        let exchange = Exchange::of(&request);
        let call = session.ecr.batch_delete_image().customize().interceptor(exchange.clone()).config_override(write());
        let mut answer = exchange.finish(call.send().await, &asked)?;
        let failures = pages::list(&mut answer, "failures");
        let Some(failure) = failures.first() else { return Ok(true) };
        let text = |member| failure.get(member).and_then(Value::as_str).unwrap_or_default();
        if text("failureCode") == "ImageNotFound" {
            return Ok(false);
        }
        let message = format!("{asked}: {}: {}", text("failureCode"), text("failureReason"));
        let fault = Fault::new(FaultKind::Refused, text("failureCode"), message);
        Err(match text("failureCode") {
            "ImageReferencedByManifestList" => fault.hint("an index names this image: delete the index first"),
            _ => fault,
        })
    }
}

/// What a tag is to be given to, and what has it.
struct Seen {
    image: Value,
    digest: Digest,
    taken: Option<Digest>,
}

/// Looks at an image and at a tag of its repository, by one request.
async fn look(session: &Session, at: &EcrRepository<'_>, from: &Reference, tag: &str) -> Result<Seen, Fault> {
    let source = id(from);
    let asked = session.reads("ecr:BatchGetImage", format!("image `{from}`"));
    let exchange = Exchange::of(&json!({
        "registryId": at.account,
        "repositoryName": at.name,
        "imageIds": [source, { "imageTag": tag }],
        "acceptedMediaTypes": MEDIA_TYPES,
    }));
    let call = session.ecr.batch_get_image().customize().interceptor(exchange.clone()).config_override(read());
    let mut answer = exchange.finish(call.send().await, &asked)?;
    let images = pages::list(&mut answer, "images");
    let absent = pages::list(&mut answer, "failures").iter().any(|failure| is(failure, &source));
    // an image of several tags may be answered once, under one of them
    let only = images.first().filter(|one| !absent && images.iter().all(|other| digest_of(other) == digest_of(one)));
    let image = images.iter().find(|image| is(image, &source)).or(only).ok_or_else(|| {
        Fault::new(FaultKind::Missing, "ImageMissing", format!("{asked}: repository `{}` has no such image", at.name))
            .hint("check tag and digest, and that the image has been pushed there")
    })?;
    let digest = digest_of(image).ok_or_else(|| pages::without(&asked, "imageDigest"))?;
    let taken = images.iter().find(|image| is(image, &json!({ "imageTag": tag }))).and_then(digest_of);
    Ok(Seen { image: image.clone(), digest, taken })
}

/// By what ECR knows an image: its digest where it has one.
fn id(image: &Reference) -> Value {
    match image.digest() {
        Some(digest) => json!({ "imageDigest": digest.to_string() }),
        None => json!({ "imageTag": image.tag().unwrap_or("latest") }),
    }
}

fn is(image: &Value, id: &Value) -> bool {
    let of = image.get("imageId");
    id.as_object().is_some_and(|id| id.iter().all(|(member, value)| of.and_then(|of| of.get(member)) == Some(value)))
}

fn digest_of(image: &Value) -> Option<Digest> {
    Digest::parse(image.pointer("/imageId/imageDigest")?.as_str()?).ok()
}

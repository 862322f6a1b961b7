//! The tags of a repository: looked at, given and taken away.

use crate::domain::image_facts::Located;
use crate::domain::image_reference::{Digest, Reference};
use crate::domain::tag_mutability::takes;
use crate::effects::call::{Call, ImageCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::Value;

/// The tags of a repository that a pattern with `*` takes, the last pushed first where the registry tells when that was,
/// and at most so many of them.
///
/// # Errors
/// The repository is missing; what the registry says.
pub async fn tags(gateway: &Gateway, at: &Located, pattern: &str, limit: usize) -> Result<Vec<String>, Fault> {
    let image = at.image.without_tag().without_digest();
    let call = Call::Image(ImageCall::ListTags { at: Located { image, session: at.session.clone() } });
    let listed = gateway.perform(call).await?.document()?;
    let tags = listed.as_array().into_iter().flatten().filter_map(|one| one.get("tag").and_then(Value::as_str));
    Ok(tags.filter(|tag| takes(pattern, tag)).take(limit).map(str::to_owned).collect())
}

/// Gives an image one more tag in its repository; gives it with that tag and its digest.
///
/// # Errors
/// `ImageMissing`; `TagTaken` before anything is written, unless it is to be replaced; `ImageTagAlreadyExists` where the
/// repository's tags are immutable.
pub async fn retag(gateway: &Gateway, from: &Located, tag: &str, replace: bool) -> Result<Reference, Fault> {
    let target = from.image.without_digest().with_tag(tag);
    let image = target.map_err(|error| Fault::usage(format!("`{tag}` is no tag: {}", error.reason)))?;
    let to = Located { image, session: from.session.clone() };
    let call = ImageCall::RetagImage { from: from.clone(), to, replace };
    let pushed = gateway.perform(Call::Image(call)).await?.pushed()?;
    let (from, image) = (from.image.familiar(), &pushed.image);
    let digest = image.digest().map(ToString::to_string).unwrap_or_default();
    gateway.events().step(if pushed.unchanged {
        format!("{} is {digest} already: nothing to tag", image.without_digest().familiar())
    } else {
        format!("{from} is tagged {tag} too: {digest}")
    });
    Ok(pushed.image)
}

/// Deletes a tag, or an image that is named by its digest alone, with all of its tags if they may go; whether there was one.
///
/// # Errors
/// `ImageTagged` where it has tags that may not go, with their names; Usage where tag and digest are both named: which of them is meant cannot be told. `DeletionUnsupported`.
pub async fn delete(gateway: &Gateway, at: &Located, tags: bool) -> Result<bool, Fault> {
    let image = &at.image;
    match (image.tag(), image.digest()) {
        (Some(_), Some(_)) => {
            let message = format!("`{image}` names a tag and a digest, and only one of them can be deleted");
            return Err(Fault::usage(message)
                .hint("`.without_digest()` deletes the tag alone, `.without_tag()` the image with all of its tags"));
        }
        (None, None) => {
            let message = format!("`{image}` names no tag and no digest, and a whole repository is not deleted");
            return Err(Fault::usage(message).hint("name the tag, also where it is `latest`"));
        }
        _ => {}
    }
    let answer = gateway.perform(Call::Image(ImageCall::DeleteImage { at: at.clone(), tags })).await?.document()?;
    let deleted = answer.get("deleted").and_then(Value::as_bool).unwrap_or_default();
    let familiar = image.familiar();
    gateway.events().step(if deleted {
        format!("deleted {familiar}")
    } else {
        format!("{familiar} is not there: nothing to delete")
    });
    Ok(deleted)
}

/// The digest that an image has, or none where there is no such image.
///
/// # Errors
/// What the registry says.
pub async fn digest(gateway: &Gateway, at: &Located) -> Result<Option<Reference>, Fault> {
    let found = gateway.perform(Call::Image(ImageCall::FindImage { at: at.clone() })).await?.text()?;
    let Some(digest) = found else { return Ok(None) };
    let digest =
        Digest::parse(&digest).map_err(|error| Fault::internal(format!("a found digest: {}", error.reason)))?;
    Ok(Some(at.image.with_digest(digest)))
}

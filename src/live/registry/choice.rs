//! The image that is really meant, where only some platforms of it are wanted.

use super::copy;
use super::errors::Doing;
use super::hashing::sha256;
use super::index::{self, Chosen};
use super::manifest::{self, Kind};
use super::manifests::Manifest;
use super::route::Route;
use super::tree;
use crate::domain::image_facts::Blob;
use crate::domain::platform::Platform;
use crate::effects::event::Level;
use crate::effects::fault::Fault;
use bytes::Bytes;
use serde::Deserialize;

/// What `platforms` leave of an image: itself, one of its images, or a smaller index, whose digest is computed here.
pub(super) async fn chosen(route: &Route<'_>, source: Manifest, platforms: &[Platform]) -> Result<Manifest, Fault> {
    if platforms.is_empty() {
        return Ok(source);
    }
    let doing = route.doing();
    match manifest::known(&source.media_type, &doing)? {
        Kind::Image(_) => {
            let built_for = built_for(route, &source, &doing).await?;
            match platforms.iter().find(|asked| !asked.takes(&built_for)) {
                Some(asked) => Err(index::absent(asked, [&built_for].into_iter(), &doing)),
                None => Ok(source),
            }
        }
        Kind::Index => match index::choose(&source.bytes, platforms, &doing)? {
            Chosen::One(child) => {
                tell_of_attestations(route, &source, &child.blob, &doing)?;
                tree::named(&route.from, child.blob).await
            }
            Chosen::Index(bytes) if bytes == source.bytes => Ok(source),
            Chosen::Index(bytes) => {
                let bytes = Bytes::from(bytes);
                Ok(Manifest { digest: sha256(&bytes), media_type: source.media_type, bytes })
            }
        },
    }
}

/// The platform of an image that is no index: its config says it.
async fn built_for(route: &Route<'_>, image: &Manifest, doing: &Doing) -> Result<Platform, Fault> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Config {
        os: String,
        architecture: String,
        variant: Option<String>,
    }
    let contents = manifest::contents(&image.bytes, doing)?;
    let bytes = copy::config(&route.from, &contents.config).await?;
    // What is no config of an image is for no platform.
    let config: Config = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(Platform::new(&config.os, &config.architecture, config.variant.as_deref()))
}

/// An image alone has no place for the attestations that stand beside it in its index.
fn tell_of_attestations(route: &Route<'_>, index: &Manifest, image: &Blob, doing: &Doing) -> Result<(), Fault> {
    let children = index::children(&index.bytes, doing)?;
    let left = children.iter().filter(|child| child.about.as_ref() == Some(&image.digest)).count();
    if left > 0 {
        let message = format!(
            "{}: {left} attestation manifests (SBOM, provenance) of {} stay behind, as one platform alone is taken",
            route.target.familiar(),
            image.digest.short(),
        );
        route.events.log(Level::Warn, message);
    }
    Ok(())
}

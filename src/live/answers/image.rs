//! What the registries answer.

use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::ecr_host;
use crate::effects::call::ImageCall;
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::intent::Intent;
use crate::effects::reply::Reply;
use crate::live::Live;
use crate::live::aws::EcrRepository;
use crate::live::registry::Told;
use serde_json::json;

impl Live {
    pub(in crate::live) async fn image(
        &self,
        call: &ImageCall,
        events: &Events,
        intent: &dyn Intent,
    ) -> Result<Reply, Fault> {
        let told = Told { events, intent };
        Ok(match call {
            ImageCall::ReadImage { at, manifest_only, bound_for } => {
                let registries = &self.registries;
                let read =
                    async { if *manifest_only { registries.glance(at).await } else { registries.read(at).await } };
                Reply::Image(match &bound_for.0 {
                    Some(to) => registries.while_greeting(at, to, read).await?,
                    None => read.await?,
                })
            }
            ImageCall::FindImage { at } => {
                Reply::Text(self.registries.find(at).await?.map(|digest| digest.to_string()))
            }
            ImageCall::ReadPlatform { at, platform } => Reply::Image(self.registries.read_for(at, platform).await?),
            ImageCall::BuildImage { to, build } => {
                intent.kept().await?;
                Reply::Image(Some(self.build(to, build, events).await?))
            }
            ImageCall::RetagImage { from, to, replace } => Reply::Pushed(match self.in_ecr(to) {
                Some(place) => {
                    intent.kept().await?;
                    self.aws.retag(place, &from.image, &to.image, *replace).await?
                }
                None => self.registries.retag(from, to, *replace, told).await?,
            }),
            ImageCall::ListTags { at } => Reply::Document(match self.in_ecr(at) {
                Some(place) => self.aws.tags(place).await?,
                None => self.registries.tags(at).await?,
            }),
            ImageCall::DeleteImage { at, tags } => {
                self.check_tags(at, *tags).await?;
                let deleted = match self.in_ecr(at) {
                    Some(place) => self.aws.delete_image(place, &at.image).await?,
                    None => self.registries.delete(at).await?,
                };
                Reply::Document(json!({ "deleted": deleted }))
            }
            ImageCall::CopyImage { from, to, replace, platforms, referrers, mount_from } => {
                let (platforms, mount_from) = (platforms.clone(), mount_from.clone());
                let options = CopyOptions { replace: *replace, platforms, referrers: *referrers, mount_from };
                Reply::Pushed(self.registries.copy(from, to, &options, told).await?)
            }
            ImageCall::RebuildImage { from, to, edit, replace, mount_from } => {
                let options = CopyOptions { mount_from: mount_from.clone(), ..CopyOptions::replacing(*replace) };
                Reply::Pushed(self.registries.rebuild(from, to, edit, &options, told).await?)
            }
        })
    }

    /// Refuses to delete an image by its digest where its tags would go with it, and nobody said that they may.
    pub(in crate::live) async fn check_tags(&self, at: &Located, may_go: bool) -> Result<(), Fault> {
        let Some(digest) = at.image.digest().filter(|_| !may_go) else { return Ok(()) };
        let mut tags = match self.in_ecr(at) {
            Some(place) => self.aws.tags_of(place, digest).await?,
            None => self.registries.tags_of(at, digest).await?,
        };
        tags.retain(|tag| !self.registries.will_be_gone(at, tag));
        tags.sort_unstable();
        if tags.is_empty() {
            return Ok(());
        }
        let (image, tags) = (at.image.familiar(), tags.join(", "));
        Err(Fault::new(
            FaultKind::Refused,
            "ImageTagged",
            format!("image {image} has tags that would go with it: {tags}"),
        )
        .hint("say `tags: true` if they may, or delete the one that is meant by its name; nothing was deleted"))
    }

    /// Where an image is asked about by ECR's own API; none in other registries, and where gantry.toml has an endpoint for
    /// the host: what is there may be another registry.
    fn in_ecr<'a>(&self, at: &'a Located) -> Option<EcrRepository<'a>> {
        let host = ecr_host(at.image.domain()).filter(|_| !self.mirrored.contains(at.image.domain()))?;
        Some(EcrRepository { session: at.session.as_deref()?, account: host.account, name: at.image.path() })
    }
}

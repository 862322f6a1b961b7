//! What becomes of a build: an engine makes it, or in a rehearsal an image stands for it.

use crate::domain::image_build::ImageBuild;
use crate::domain::image_facts::{ImageFacts, Located};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::build::Build;
use crate::live::{Live, aside};
use serde_json::json;

impl Live {
    /// Builds and pushes; gives what the registry then has under the tag.
    pub(in crate::live) async fn build(
        &self,
        to: &Located,
        asked: &ImageBuild,
        events: &Events,
    ) -> Result<ImageFacts, Fault> {
        asked.check().map_err(Fault::usage)?;
        let (files, paths) = (self.files.clone(), (asked.context.clone(), asked.file.clone()));
        let (context, file) = aside(move || {
            let (context, file) = paths;
            let file = file.map(|file| files.place(&file, false)).transpose()?;
            Ok((files.place(&context, true)?, file))
        })
        .await?;
        if self.programs {
            let access = self.registries.access(to).await?;
            Build { asked, context, file, to: &to.image, access }.carry_out(&self.surroundings, events).await?;
        } else {
            self.stand_in(to, asked, events).await?;
        }
        self.registries.read(to).await?.ok_or_else(|| {
            let message = format!("image {} was pushed, and its registry does not have it", to.image.familiar());
            Fault::new(FaultKind::Verification, "ImageMissing", message)
                .hint("check that the engine pushes to where gantry.toml says that the registry is")
        })
    }

    /// A rehearsal starts no program: the same build is always the same image, without files.
    async fn stand_in(&self, to: &Located, asked: &ImageBuild, events: &Events) -> Result<(), Fault> {
        let of = serde_json::to_string(asked).map_err(|why| Fault::internal(format!("a build: {why}")))?;
        let platform = asked.platform.as_ref();
        let config = json!({
            "os": platform.map_or("linux", |platform| platform.os()),
            "architecture": platform.map_or("amd64", |platform| platform.architecture()),
            "config": { "Labels": { "gantry.rehearsed-build": of } },
            "rootfs": { "type": "layers", "diff_ids": [] },
        });
        events.step(format!("an image without files stands for what would be built of `{}`", asked.context));
        self.registries.stand_in(to, &config, events).await
    }
}

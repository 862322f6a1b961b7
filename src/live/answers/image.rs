//! What the registries answer.

use crate::domain::copy_options::CopyOptions;
use crate::effects::call::ImageCall;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::live::Live;

impl Live {
    pub(in crate::live) async fn image(&self, call: &ImageCall, events: &Events) -> Result<Reply, Fault> {
        Ok(match call {
            ImageCall::ReadImage { at } => Reply::Image(self.registries.read(at).await?),
            ImageCall::BuildImage { to, build } => Reply::Image(Some(self.build(to, build, events).await?)),
            ImageCall::CopyImage { from, to, replace, platforms, referrers } => {
                let (platforms, referrers) = (platforms.clone(), *referrers);
                let options = CopyOptions { replace: *replace, platforms, referrers };
                Reply::Pushed(self.registries.copy(from, to, &options, events).await?)
            }
            ImageCall::RebuildImage { from, to, edit, replace } => {
                Reply::Pushed(self.registries.rebuild(from, to, edit, *replace, events).await?)
            }
        })
    }
}

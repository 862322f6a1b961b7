//! What the machine, its clock, the project and its people answer.

use crate::effects::asker::Answer;
use crate::effects::call::HostCall;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::{Approval, Reply};
use crate::live::{Live, aside, waits};
use std::time::Duration;

impl Live {
    pub(in crate::live) async fn host(&self, call: &HostCall, events: &Events) -> Result<Reply, Fault> {
        let aws = &self.aws;
        Ok(match call {
            HostCall::Now => Reply::Instant(self.surroundings.now()),
            HostCall::Pause { millis } => {
                tokio::time::sleep(Duration::from_millis(*millis)).await;
                Reply::Nothing
            }
            HostCall::WaitUntil { at_millis, told } => {
                waits::until(*at_millis, told, &self.surroundings, events).await;
                Reply::Nothing
            }
            HostCall::Approve { question } => match self.asker.ask(question, events).await {
                Answer::Approved { by } => Reply::Approval(Approval { by, at_millis: self.surroundings.now() }),
                Answer::Refused { by } => return Err(waits::refused(question, &by)),
                Answer::Nobody => return Err(waits::nobody(question)),
            },
            HostCall::Environment { name } => Reply::Text(self.surroundings.variable(name)),
            HostCall::ScanFiles { path, folder } => {
                let (files, path, folder) = (self.files.clone(), path.clone(), *folder);
                Reply::Tree(aside(move || files.scan(&path, folder)).await?)
            }
            HostCall::ReadText { path } => {
                let (files, path) = (self.files.clone(), path.clone());
                Reply::Text(Some(aside(move || files.text(&path)).await?))
            }
            HostCall::Hold { place, by, wait } => {
                if let Some(locks) = &self.locks {
                    locks.hold(place, by, *wait, events).await?;
                }
                Reply::Nothing
            }
            HostCall::Identify { session } => Reply::Identity(aws.identify(session).await?),
        })
    }
}

//! What is answered to calls about tasks.

use crate::effects::call::TaskCall;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::live::Live;
use crate::live::exec::{Exec, How};
use crate::live::logs::Stream;
use crate::live::tasks::{Watch, watch};
use serde_json::json;
use std::time::Duration;

impl Live {
    pub(in crate::live) async fn task(&self, call: &TaskCall, events: &Events) -> Result<Reply, Fault> {
        let aws = &self.aws;
        Ok(Reply::Document(match call {
            TaskCall::RunTask { session, document } => aws.run_task(session, document).await?,
            TaskCall::WatchTask { session, cluster, task, containers, follow, timeout_millis } => {
                let watched = Watch { aws, session, cluster, task, containers, follow: *follow };
                Box::pin(watch(watched, Duration::from_millis(*timeout_millis), events)).await?
            }
            TaskCall::StopTask { session, cluster, task, reason } => {
                aws.stop_task(session, cluster, task, reason).await?
            }
            TaskCall::Execute { session, cluster, task, container, command, terminal, timeout_millis } => {
                let exec = Exec { aws, session, cluster, task, container: container.as_deref(), command };
                let lines = if self.programs {
                    let limit = Duration::from_millis(*timeout_millis);
                    let how = if *terminal { How::Terminal(self.asker.as_ref()) } else { How::Told(limit, events) };
                    exec.carry_out(how, &self.redactor).await?
                } else {
                    exec.rehearse(events).await?
                };
                json!({ "lines": lines })
            }
            TaskCall::ListTasks { session, cluster, filter, desired_status } => {
                aws.list_tasks_by(session, cluster, filter, desired_status).await?
            }
            TaskCall::GetLogEvents { session, group, stream, limit } => {
                let (session, group, name) = (session.clone(), group.clone(), stream.clone());
                Stream { session, group, name }.events(aws, *limit).await?
            }
        }))
    }
}

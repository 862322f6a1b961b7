//! What ECS answers.

use crate::effects::call::EcsCall;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::live::rollouts::Watch;
use crate::live::{Live, counts};
use std::time::Duration;

impl Live {
    pub(in crate::live) async fn ecs(&self, call: &EcsCall, events: &Events) -> Result<Reply, Fault> {
        let aws = &self.aws;
        Ok(match call {
            EcsCall::DescribeServices { session, cluster, services } => {
                Reply::Document(aws.describe_services(session, cluster, services).await?)
            }
            EcsCall::DescribeTaskDefinition { session, task_definition } => {
                Reply::Document(aws.describe_task_definition(session, task_definition).await?)
            }
            EcsCall::ListTasks { session, cluster, service, desired_status } => {
                Reply::Document(aws.list_tasks(session, cluster, service, desired_status).await?)
            }
            EcsCall::DescribeTasks { session, cluster, tasks } => {
                Reply::Document(aws.describe_tasks(session, cluster, tasks).await?)
            }
            EcsCall::ListServiceDeployments { session, cluster, service } => {
                Reply::Document(aws.service_history(session, cluster, service).await?)
            }
            EcsCall::DescribeServiceRevisions { session, revisions } => {
                Reply::Document(aws.describe_service_revisions(session, revisions).await?)
            }
            EcsCall::DescribeServiceDeployments { session, deployments } => {
                Reply::Document(aws.describe_service_deployments(session, deployments).await?)
            }
            EcsCall::ContinueServiceDeployment { session, deployment, hook, action } => {
                Reply::Document(aws.continue_service_deployment(session, deployment, hook, action).await?)
            }
            EcsCall::StopServiceDeployment { session, deployment, how } => {
                Reply::Document(aws.stop_service_deployment(session, deployment, how).await?)
            }
            EcsCall::WatchCount { session, cluster, service, count, timeout_millis } => {
                let limit = Duration::from_millis(*timeout_millis);
                let place = counts::Place { session, cluster, service };
                Reply::Document(counts::until(aws, place, *count, limit, events).await?)
            }
            EcsCall::RegisterTaskDefinition { session, document } => {
                Reply::Document(aws.register_task_definition(session, document, events).await?)
            }
            EcsCall::CreateService { session, document, by } => {
                let answer = aws.create_service(session, document, by, events).await?;
                self.watchers.learn(&answer);
                Reply::Document(answer)
            }
            EcsCall::UpdateService { session, document, .. } => {
                let answer = aws.update_service(session, document, events).await?;
                self.watchers.learn(&answer);
                Reply::Document(answer)
            }
            EcsCall::WatchRollout { session, cluster, service, target, policy, timeout_millis } => {
                let watch = Watch {
                    session: session.clone(),
                    cluster: cluster.clone(),
                    service: service.clone(),
                    target: target.clone(),
                    policy: *policy,
                };
                let watched = self.watchers.watch(watch, Duration::from_millis(*timeout_millis), events);
                Reply::Rollout(Box::pin(watched).await?)
            }
        })
    }
}

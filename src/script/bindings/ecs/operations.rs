//! What is done with a service beside deploying to it.

use super::rollout::TIMEOUT;
use super::{Rollout, Service};
use crate::domain::duration::Span;
use crate::release::interruption::OnInterrupt;
use crate::release::{refresh, rollback, scale, status};
use crate::script::host::{Host, Outcome};
use crate::script::json::to_dynamic;
use crate::script::options::options;
use rhai::plugin::*;
use rhai::{Dynamic, Map};
use serde::Deserialize;
use serde_json::Value;

/// Where a service goes back to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RollbackOptions {
    to: Option<String>,
    timeout: Option<Span>,
    on_interrupt: OnInterrupt,
}

/// How a service is refreshed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefreshOptions {
    on_interrupt: OnInterrupt,
}

/// How a number of tasks is waited for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScaleOptions {
    wait: Option<bool>,
    timeout: Option<Span>,
    on_interrupt: OnInterrupt,
}

fn millis(given: Option<Span>) -> u64 {
    u64::try_from(given.map_or(TIMEOUT, Span::get).as_millis()).unwrap_or(u64::MAX)
}

/// Operations of services.
#[export_module]
pub mod operations {
    use super::*;

    /// The service as it is, a document: `service`, `status`, `controller`, `task_definition`, `desired`, `running`,
    /// `pending`, `deployments`, `task_sets`, `code_deploy`, `tasks` and the newest `events`.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// log::info(`${web.status().running} tasks run`);
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn status(ctx: NativeCallContext, service: &mut Service) -> Outcome<Dynamic> {
        let service = service.0.clone();
        let host = Host::of(&ctx)?;
        host.run(&ctx, |gateway| async move { status::status(&gateway, &service).await }).map(to_dynamic)
    }

    /// The service's events as ECS keeps them, the newest first: `id`, `at` (seconds since 1970) and `message`.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// for event in web.events() { log::info(event.message); }
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn events(ctx: NativeCallContext, service: &mut Service) -> Outcome<Dynamic> {
        let service = service.0.clone();
        let host = Host::of(&ctx)?;
        let described = host.run(&ctx, |gateway| async move { service.describe(&gateway).await })?;
        Ok(to_dynamic(Value::Array(status::events(&described))))
    }

    /// The service's deployments, the one that it goes towards first: `id`, `status`, `task_definition`, `rollout`,
    /// `desired`, `running`, `pending`, `failed`.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// log::info(web.deployments()[0].task_definition);
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn deployments(ctx: NativeCallContext, service: &mut Service) -> Outcome<Dynamic> {
        let service = service.0.clone();
        let host = Host::of(&ctx)?;
        let described = host.run(&ctx, |gateway| async move { service.describe(&gateway).await })?;
        Ok(to_dynamic(Value::Array(status::deployments(&described))))
    }

    /// Starts new tasks of the same definition; does nothing while a deployment is under way, which `began` tells.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// let rollout = web.refresh();
    /// if rollout.began { rollout.wait("drained"); }
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn refresh(ctx: NativeCallContext, service: &mut Service) -> Outcome<Rollout> {
        refresh_as(ctx, service, Map::new())
    }

    /// Starts new tasks of the same definition.
    ///
    /// * `on_interrupt`: `"leave"`, `"rollback"` or `"stop"`, as `deploy` has it
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// let rollout = web.refresh(#{ on_interrupt: "stop" });
    /// if rollout.began { rollout.wait("drained"); }
    /// ```
    #[rhai_fn(global, name = "refresh", return_raw, volatile, pure)]
    pub fn refresh_as(ctx: NativeCallContext, service: &mut Service, how: Map) -> Outcome<Rollout> {
        let how: RefreshOptions = options(&ctx, how)?;
        let service = service.0.clone();
        let host = Host::of(&ctx)?;
        host.run(&ctx, move |gateway| async move { refresh::refresh(&gateway, &service, how.on_interrupt).await })
            .map(Rollout)
    }

    /// Goes back to what was last deployed with success. See `rollback` with options.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.rollback().wait("drained");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn rollback(ctx: NativeCallContext, service: &mut Service) -> Outcome<Rollout> {
        rollback_as(ctx, service, Map::new())
    }

    /// Goes back to what ECS remembers as the last successful deployment of another definition than runs now; a
    /// deployment that is under way is taken back by ECS itself, settings and traffic included.
    ///
    /// * `to`: the revision to go to instead, `"web:7"`
    /// * `timeout`: how long ECS is waited for at the most
    /// * `on_interrupt`: `"leave"`, `"rollback"` or `"stop"`, as `deploy` has it; what ECS takes back itself goes on
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.rollback(#{ to: "web:7" }).wait("drained");
    /// ```
    #[rhai_fn(global, name = "rollback", return_raw, volatile, pure)]
    pub fn rollback_as(ctx: NativeCallContext, service: &mut Service, how: Map) -> Outcome<Rollout> {
        let how: RollbackOptions = options(&ctx, how)?;
        let (service, timeout) = (service.0.clone(), millis(how.timeout));
        let host = Host::of(&ctx)?;
        let work = move |gateway| async move {
            rollback::rollback(&gateway, &service, how.to, timeout, how.on_interrupt).await
        };
        host.run(&ctx, work).map(Rollout)
    }

    /// Sets the number of tasks, waits until so many run, and gives `service`, `desired`, `running` and `pending`. See
    /// `scale` with options.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.scale(4);
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn scale(ctx: NativeCallContext, service: &mut Service, count: i64) -> Outcome<Dynamic> {
        scale_as(ctx, service, count, Map::new())
    }

    /// Sets the number of tasks. Auto scaling, where the service has it, may set another one after.
    ///
    /// * `wait`: whether to wait until so many run; it is waited for if nothing is said
    /// * `timeout`: how long to wait at the most, `"10m"`
    /// * `on_interrupt`: `"rollback"`, at Ctrl-C or SIGTERM while it waits, for the number of before; or `"leave"`
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.scale(4, #{ timeout: "5m" });
    /// ```
    #[rhai_fn(global, name = "scale", return_raw, volatile, pure)]
    pub fn scale_as(ctx: NativeCallContext, service: &mut Service, count: i64, how: Map) -> Outcome<Dynamic> {
        let how: ScaleOptions = options(&ctx, how)?;
        let timeout = if how.wait == Some(false) { 0 } else { millis(how.timeout) };
        let service = service.0.clone();
        let host = Host::of(&ctx)?;
        let work =
            move |gateway| async move { scale::scale(&gateway, &service, count, timeout, how.on_interrupt).await };
        host.run(&ctx, work).map(to_dynamic)
    }
}

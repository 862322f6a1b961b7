//! A deployment of ours, and waiting for it.

use super::pause;
use crate::domain::duration::Span;
use crate::domain::rollout::{Until, UntilError};
use crate::domain::task_definition::short_name;
use crate::effects::fault::Fault;
use crate::release::code_deploy;
use crate::release::deploy;
use crate::release::wait::{self, OnFailure, Wait};
use crate::script::bindings::{Handle, Property, optional, text};
use crate::script::host::{Host, Outcome};
use crate::script::options::options;
use crate::script::thrown::raise;
use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A deployment of ours, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout(pub deploy::Rollout);

impl Handle for Rollout {
    const NAME: &'static str = "Rollout";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "service", help: "`CLUSTER/SERVICE`", get: |one| one.0.service.to_string().into() },
        Property {
            name: "deployment",
            help: "its id; `()` where the endpoint tells none",
            get: |one| optional(one.0.deployment.as_deref()),
        },
        Property {
            name: "task_definition",
            help: "the definition it brings: `web:8`",
            get: |one| text(short_name(&one.0.task_definition)),
        },
        Property {
            name: "previous",
            help: "the one before: `web:7`; `()` where the service was created",
            get: |one| previous(&one.0.previous),
        },
        Property { name: "unchanged", help: "whether nothing had to be done", get: |one| one.0.unchanged.into() },
        Property {
            name: "began",
            help: "whether a deployment began: not every update begins one",
            get: |one| one.0.began.into(),
        },
    ];

    fn text(&self) -> String {
        let before = if self.0.previous.is_empty() { "" } else { " " };
        let previous = short_name(&self.0.previous);
        format!("{}{before}{previous} → {}", self.0.service, short_name(&self.0.task_definition))
    }
}

/// The definition from before, where there was one.
pub fn previous(arn: &str) -> rhai::Dynamic {
    optional(Some(short_name(arn)).filter(|name| !name.is_empty()))
}

/// How a rollout is waited for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaitOptions {
    timeout: Option<Span>,
    on_failure: OnFailure,
    /// A function, which no document can hold: it is taken out before.
    on_pause: Option<IgnoredAny>,
}

/// How many rollouts are waited for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WatchOptions {
    timeout: Option<Span>,
    on_failure: OnFailure,
}

/// How long is waited where nothing is said.
pub const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(10);

/// How far to wait, for how many milliseconds at the most, and what becomes of a failure.
pub fn wanted(ctx: &NativeCallContext, until: &str, how: Map) -> Outcome<(Until, u64, OnFailure)> {
    let how: WatchOptions = options(ctx, how)?;
    Ok((point(ctx, until)?, millis(how.timeout), how.on_failure))
}

fn point(ctx: &NativeCallContext, until: &str) -> Outcome<Until> {
    until.parse().map_err(|error: UntilError| raise(ctx, Fault::usage(error.to_string())))
}

fn millis(timeout: Option<Span>) -> u64 {
    u64::try_from(timeout.map_or(TIMEOUT, Span::get).as_millis()).unwrap_or(u64::MAX)
}

/// Rollouts.
#[export_module]
pub mod rollout {
    use super::*;

    /// Waits ten minutes at the most; a failed deployment is rolled back. See `wait` with options.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.deploy(#{ force: true }).wait("deployed");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn wait(ctx: NativeCallContext, rollout: &mut Rollout, until: &str) -> Outcome<()> {
        wait_as(ctx, rollout, until, Map::new())
    }

    /// Waits until the rollout is where it is wanted: `none` (not at all), `traffic` (as many new tasks serve as should),
    /// `deployed` (the deployment is completed) or `drained` (and no task of an earlier one is left). A success is
    /// claimed for our own deployment only; a failure is thrown with its reasons.
    ///
    /// * `timeout`: how long to wait at the most, `"15m"`
    /// * `on_failure`: `"rollback"` (to what was last deployed with success), `"stop"` (where it stands) or `"leave"`
    /// * `on_pause`: a function that is asked at every PAUSE hook of the deployment. It is given a `Pause`, and says `true`
    ///   (go on) or `false` (ECS takes the deployment back, and the release has failed). It may check what it likes and ask
    ///   a person with `approve`; what it throws is a failure of the release, for which `on_failure` holds. The time that
    ///   it takes does not count. Without it the wait tells of the pause, and how it is answered by hand
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.deploy(#{ force: true }).wait("drained", #{ timeout: "15m", on_failure: "leave" });
    /// web.deploy(#{ force: true }).wait("drained", #{
    ///     on_pause: |pause| {
    ///         approve(`${pause}, with ${pause.traffic}% of the traffic: go on?`);
    ///         true
    ///     },
    /// });
    /// ```
    #[rhai_fn(global, name = "wait", return_raw, volatile, pure)]
    pub fn wait_as(ctx: NativeCallContext, rollout: &mut Rollout, until: &str, how: Map) -> Outcome<()> {
        let mut how = how;
        let on_pause = pause::on_pause(&ctx, &mut how)?;
        let how: WaitOptions = options(&ctx, how)?;
        let (until, millis, on_failure) = (point(&ctx, until)?, millis(how.timeout), how.on_failure);
        let rollout = rollout.0.clone();
        if let Some(function) = on_pause {
            return pause::wait(&ctx, &rollout, Wait::new(until, millis, on_failure), &function);
        }
        Host::of(&ctx)?
            .run(&ctx, move |gateway| async move { wait::wait(&gateway, &rollout, until, millis, on_failure).await })
    }

    /// Of a deployment by `CodeDeploy`: waits until it is ready to move its traffic, with the options of `wait`. A group
    /// that does not wait for anybody is past it when its traffic has moved.
    ///
    /// ```rhai
    /// let rollout = ecs::service(aws::session("prod"), "prod", "web").deploy(#{ force: true });
    /// rollout.wait_ready(#{ timeout: "20m" });
    /// rollout.continue_traffic();
    /// rollout.wait("traffic");
    /// rollout.end_old_tasks();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn wait_ready(ctx: NativeCallContext, rollout: &mut Rollout, how: Map) -> Outcome<()> {
        let how: WatchOptions = options(&ctx, how)?;
        let millis = millis(how.timeout);
        let rollout = rollout.0.clone();
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            code_deploy::wait_ready(&gateway, &rollout, millis, how.on_failure).await
        })
    }

    /// Of a deployment by `CodeDeploy` that is ready: moves its traffic. See `wait_ready`.
    ///
    /// ```rhai
    /// let rollout = ecs::service(aws::session("prod"), "prod", "web").deploy(#{ force: true });
    /// rollout.continue_traffic();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn continue_traffic(ctx: NativeCallContext, rollout: &mut Rollout) -> Outcome<()> {
        let rollout = rollout.0.clone();
        Host::of(&ctx)?.run(&ctx, move |gateway| async move { code_deploy::continue_traffic(&gateway, &rollout).await })
    }

    /// Of a deployment by `CodeDeploy` whose traffic has moved: ends the original tasks now, and not when the group's wait
    /// is over. See `wait_ready`.
    ///
    /// ```rhai
    /// let rollout = ecs::service(aws::session("prod"), "prod", "web").deploy(#{ force: true });
    /// rollout.end_old_tasks();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn end_old_tasks(ctx: NativeCallContext, rollout: &mut Rollout) -> Outcome<()> {
        let rollout = rollout.0.clone();
        Host::of(&ctx)?.run(&ctx, move |gateway| async move { code_deploy::end_old_tasks(&gateway, &rollout).await })
    }
}

//! Many rollouts that are waited for together.

use super::Rollout;
use super::rollout::wanted;
use crate::effects::fault::Fault;
use crate::release::deploy;
use crate::release::watch;
use crate::script::host::{Host, Outcome};
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Array, Map};

/// Rollouts, many of them.
#[export_module]
pub mod watching {
    use super::*;

    /// Waits for all rollouts, ten minutes at the most; failed deployments are rolled back. See `watch` with options.
    ///
    /// ```rhai
    /// let services = ["web", "worker"].map(|name| ecs::service(aws::session("prod"), "prod", name));
    /// ecs::watch(services.map(|service| service.refresh()), "deployed");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn watch(ctx: NativeCallContext, rollouts: Array, until: &str) -> Outcome<Array> {
        watch_as(ctx, rollouts, until, Map::new())
    }

    /// Waits until every rollout is where it is wanted, and gives them in the order they were given in. They share one
    /// watcher for each account and Region, so that hundreds of services cost few calls. All come to their end, also when
    /// one fails; then the first failure is thrown, with the others among its details. The options are those of `.wait`.
    ///
    /// ```rhai
    /// let services = ["web", "worker"].map(|name| ecs::service(aws::session("prod"), "prod", name));
    /// let rollouts = services.map(|service| service.refresh());
    /// ecs::watch(rollouts, "drained", #{ timeout: "15m", on_failure: "leave" });
    /// ```
    #[rhai_fn(name = "watch", return_raw, volatile)]
    pub fn watch_as(ctx: NativeCallContext, rollouts: Array, until: &str, how: Map) -> Outcome<Array> {
        let (until, millis, on_failure) = wanted(&ctx, until, how)?;
        let mut watched: Vec<deploy::Rollout> = Vec::with_capacity(rollouts.len());
        for (index, one) in rollouts.iter().enumerate() {
            let rollout = one.read_lock::<Rollout>().map(|rollout| rollout.0.clone());
            watched.push(rollout.ok_or_else(|| {
                let message = format!("ecs::watch: item {index} is no rollout but of type {}", one.type_name());
                raise(&ctx, Fault::usage(message).hint("give it what `.deploy`, `.refresh` and `.rollback` give"))
            })?);
        }
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            watch::watch(&gateway, &watched, until, millis, on_failure).await
        })?;
        Ok(rollouts)
    }
}

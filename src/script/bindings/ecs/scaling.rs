//! Auto scaling, suspended while something is done.

use super::Service;
use crate::release::scaling;
use crate::script::host::{Host, Outcome};
use rhai::FnPtr;
use rhai::plugin::*;

/// Auto scaling of services.
#[export_module]
pub mod suspension {
    use super::*;

    // not a method: the function uses the service, and Rhai lets nobody use what a method is being called on
    /// Calls the function while the service's auto scaling is suspended, and gives what it gives. What was suspended
    /// before stays suspended after; a service without auto scaling is told of, and the function is called all the same.
    ///
    /// However the function ends, auto scaling is put back as it was: also when it throws, at Ctrl-C and SIGTERM, and by
    /// `gantry resume` after this process was killed. A run that goes on suspends it again.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// ecs::suspend_scaling(web, || {
    ///     web.deploy(#{ force: true }).wait("drained");
    /// });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn suspend_scaling(ctx: NativeCallContext, service: Service, function: FnPtr) -> Outcome<Dynamic> {
        let (host, service) = (Host::of(&ctx)?, service.0);
        let of = service.clone();
        let suspended = host.run(&ctx, move |gateway| async move { scaling::suspend(&gateway, &of).await })?;
        let result = function.call_raw(&ctx, None, []);
        if result.is_ok() {
            host.run(&ctx, move |gateway| async move { suspended.restore(&gateway, &service).await })?;
        } else if host.over().is_none() && !host.is_cancelled() {
            host.run(&ctx, move |gateway| async move {
                suspended.put_back(&gateway).await;
                Ok(())
            })?;
        }
        // what has ended the run ends it after its cleanups
        result
    }
}

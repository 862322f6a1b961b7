//! The course of a script: branches side by side, and a person who is asked.

use crate::effects::call::{Call, HostCall};
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::script::host::{Outcome, perform};
use crate::script::parallel;
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Array, FnPtr};

/// The course of a script.
#[export_module]
pub mod flow {
    use super::*;

    /// Calls the function for every item, all at the same time, and gives the results in the order of the items. It
    /// may take the item's index too: `|item, index|`.
    ///
    /// Each branch has its own copy of the variables that the function uses: what one changes, no other sees. All
    /// branches come to their end, also when one fails; then the failure of the first of them (in the order of the
    /// items) is thrown, but for one that ends the run, which goes before all others. At most 256 items.
    ///
    /// ```rhai
    /// let session = aws::session("prod");
    /// let rollouts = parallel(["web", "worker"], |name| {
    ///     ecs::service(session, "prod", name).deploy(#{ force: true }).wait("deployed")
    /// });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn parallel(ctx: NativeCallContext, items: Array, function: FnPtr) -> Outcome<Array> {
        parallel::parallel(&ctx, items, &function)
    }

    /// Asks a person whether the run may go on, and gives who approved. Where nobody can be asked, or the answer is
    /// no, the run stops, and `gantry resume --approve` goes on with it. A rehearsal approves by itself.
    ///
    /// ```rhai
    /// let who = approve("release 1.4.2 to production?");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn approve(ctx: NativeCallContext, question: &str) -> Outcome<String> {
        let question = question.trim();
        if question.is_empty() {
            let fault = Fault::usage("approve: there is no question");
            return Err(raise(&ctx, fault.hint("say what is to be approved: `approve(\"release 1.4.2?\")`")));
        }
        let approval = perform(&ctx, Call::Host(HostCall::Approve { question: question.to_owned() }), Reply::approval)?;
        Ok(approval.by)
    }
}

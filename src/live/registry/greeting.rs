//! A registry that is about to be pushed to is made ready while the source is read: connected, and told who we are.

use super::Registries;
use super::repository::{Repository, Right};
use super::retry::Trouble;
use crate::domain::image_facts::Located;
use crate::effects::fault::Fault;
use http::Method;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// So long a registry may take to say how it wants to be asked.
const COURTESY: Duration = Duration::from_secs(2);

impl Registries {
    /// Does `work`, which is about `from`, while the registry of `to` is greeted. What goes wrong with a greeting is for the first
    /// request that matters to find.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn while_greeting<T>(
        &self,
        from: &Located,
        to: &Located,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let (from, to) = (self.repository(from), self.repository(to));
        if Arc::ptr_eq(&from.client, &to.client) {
            return work.await;
        }
        let (mut work, mut greeting) = (pin!(work), pin!(greet(&to)));
        tokio::select! {
            // in one order, so that rehearsals ask in one order
            biased;
            done = &mut work => {
                if done.is_ok() {
                    // who goes on would only ask the same, and a person may be typing a password into a helper
                    greeting.await;
                }
                done
            }
            () = &mut greeting => work.await,
        }
    }
}

/// Asks the registry how it wants to be asked, and fetches the login or the token that it wants.
async fn greet(to: &Repository) {
    let ask = to.ask_root(Method::GET, Right::Push, to.doing("push to", "the images"));
    let asked = tokio::time::timeout(COURTESY, to.client.read(&ask, 64 << 10)).await;
    if let Ok(Err(Trouble::Unauthorized { refused: false, .. })) = asked {
        let _ = to.client.authorize(&ask).await;
    }
}

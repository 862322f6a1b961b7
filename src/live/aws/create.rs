//! `CreateService`.

use super::Aws;
use super::echo;
use super::ecs::write;
use super::json::Exchange;
use super::limits::Category;
use super::tasks::token;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use serde_json::{Value, json};

/// So long a client token may be here; `RunTask` takes longer ones.
const LONGEST_TOKEN: usize = 36;

impl Aws {
    /// ECS `CreateService` of the document, with a client token that is made of `by` and of the service's place: asked for
    /// again, AWS answers with the service that it has created already. Writes. AWS's answer, checked like that of an
    /// update.
    ///
    /// # Errors
    /// As for a registration: the service is created where `NotEchoed` is raised.
    pub async fn create_service(
        &self,
        session: &str,
        document: &Value,
        by: &str,
        notices: &Events,
    ) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Updates).await?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        let (cluster, service) = (text("cluster"), text("serviceName"));
        let asked = session.writes("ecs:CreateService", format!("service `{service}` in cluster `{cluster}`"));
        let token: String = token(&format!("{by} {cluster} {service}")).chars().take(LONGEST_TOKEN).collect();
        let mut request = document.clone();
        request["clientToken"] = json!(token);
        let exchange = Exchange::of(&request);
        let call = session.ecs.create_service().customize().interceptor(exchange.clone()).config_override(write());
        let answer = exchange.finish(call.send().await, &asked)?;
        echo::created(document, &answer, session.settings().echo, notices)?;
        Ok(answer)
    }
}

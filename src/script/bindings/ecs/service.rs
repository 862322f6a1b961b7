//! A service by name, and what it is meant to run.

use crate::domain::image_reference::Reference;
use crate::effects::fault::Fault;
use crate::release::service as of_ecs;
use crate::script::bindings::aws::Session;
use crate::script::bindings::image::{self, ImageReference};
use crate::script::bindings::taskdef::TaskDefinition;
use crate::script::bindings::{Handle, Property, text};
use crate::script::host::{Host, Outcome};
use rhai::plugin::*;
use serde_json::Value;

/// A service, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Service(pub of_ecs::Service);

impl Handle for Service {
    const NAME: &'static str = "Service";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "cluster", help: "name or ARN of its cluster", get: |one| text(&one.0.cluster) },
        Property { name: "name", help: "its name", get: |one| text(&one.0.name) },
        Property { name: "session", help: "the session's name", get: |one| text(&one.0.session) },
    ];

    fn text(&self) -> String {
        self.0.to_string()
    }

    fn wire(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or(Value::Null)
    }
}

/// Services of Amazon ECS.
#[export_module]
pub mod service {
    use super::*;

    /// A service by name. Nothing is asked of AWS here.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// ```
    pub fn service(session: Session, cluster: &str, name: &str) -> Service {
        Service(of_ecs::Service { session: session.0, cluster: cluster.to_owned(), name: name.to_owned() })
    }

    /// The task definition that the service is meant to run now.
    ///
    /// ```rhai
    /// let running = ecs::service(aws::session("prod"), "prod", "web").task_definition();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn task_definition(ctx: NativeCallContext, service: &mut Service) -> Outcome<TaskDefinition> {
        let service = service.0.clone();
        let current = Host::of(&ctx)?.run(&ctx, |gateway| async move { service.current(&gateway).await })?;
        Ok(TaskDefinition(current))
    }

    /// The image that a container of the service is meant to run now.
    ///
    /// ```rhai
    /// let running = ecs::service(aws::session("prod"), "prod", "web").image("app");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn image(ctx: NativeCallContext, service: &mut Service, container: &str) -> Outcome<ImageReference> {
        let (service, container) = (service.0.clone(), container.to_owned());
        Host::of(&ctx)?.run(&ctx, |gateway| async move {
            let current = service.current(&gateway).await?;
            let Some(image) = current.image(&container) else {
                let message = format!("{} has no container `{container}`", current.short_name());
                return Err(Fault::usage(message).hint(format!("it has: {}", current.containers().join(", "))));
            };
            Reference::parse(image).map(ImageReference).map_err(|error| image::malformed(&error))
        })
    }
}

//! Other AWS services without an SDK crate of their own: an ordinary operation of a client that is here carries the
//! request.
//!
//! The carrying client gives what is the same for all services: credentials, signing, clock, timeouts, retries, and the
//! reading of errors. What differs is put in its place: body and target by the [`Exchange`], host and the signature's
//! name by the endpoint.

use super::asked::Asked;
use super::json::Exchange;
use super::query;
use super::retry::Again;
use super::services::{Protocol, Service};
use super::session::{Session, read_timeouts, write_timeouts};
use crate::effects::fault::Fault;
use aws_sdk_ecs::config::endpoint as ecs;
use aws_sdk_sts::config::endpoint as sts;
use aws_smithy_types::endpoint::{Endpoint, EndpointAuthScheme};
use serde_json::Value;

/// One endpoint, whatever the SDK's parameters are.
#[derive(Debug)]
struct Fixed(Endpoint);

impl ecs::ResolveEndpoint for Fixed {
    fn resolve_endpoint<'a>(&'a self, _: &'a ecs::Params) -> ecs::EndpointFuture<'a> {
        ecs::EndpointFuture::ready(Ok(self.0.clone()))
    }
}

impl sts::ResolveEndpoint for Fixed {
    fn resolve_endpoint<'a>(&'a self, _: &'a sts::Params) -> sts::EndpointFuture<'a> {
        sts::EndpointFuture::ready(Ok(self.0.clone()))
    }
}

impl Session {
    /// One operation of a service: the document as it is, and AWS's answer (for the Query protocol as [`query::result`]
    /// reads it). An operation that answers nothing gives `{}`. `again` says what may be sent again.
    ///
    /// # Errors
    /// As for every call of a session; `Refused`, code `BadAnswer`, for an answer that cannot be understood.
    pub async fn ask(
        &self,
        service: Service,
        operation: &str,
        document: &Value,
        asked: &Asked,
        again: Again,
    ) -> Result<Value, Fault> {
        let endpoint = Fixed(endpoint(service, service.endpoint(self.config()).await?));
        let timeouts = if asked.write { write_timeouts() } else { read_timeouts() };
        match service.protocol() {
            Protocol::Json(target) => {
                let exchange = Exchange::carried(document, &format!("{target}.{operation}"));
                let differing = aws_sdk_ecs::Config::builder()
                    .endpoint_resolver(endpoint)
                    .timeout_config(timeouts)
                    .interceptor(again.clone())
                    .retry_classifier(again);
                let call = self.ecs.list_clusters().customize().interceptor(exchange.clone());
                exchange.finish(call.config_override(differing).send().await, asked)
            }
            Protocol::Query(version) => {
                let exchange = Exchange::form(query::form(operation, version, document));
                let differing = aws_sdk_sts::Config::builder()
                    .endpoint_resolver(endpoint)
                    .timeout_config(timeouts)
                    .interceptor(again.clone())
                    .retry_classifier(again);
                let call = self.sts.get_caller_identity().customize().interceptor(exchange.clone());
                let sent = call.config_override(differing).send().await;
                exchange.finish_with(sent, asked, |body| query::result(operation, body))
            }
        }
    }
}

/// The endpoint, with the name to sign for: without it, the signature would be for the carrying service.
fn endpoint(service: Service, url: String) -> Endpoint {
    let scheme = EndpointAuthScheme::with_capacity("sigv4", 2).put("signingName", service.name());
    let scheme = match service.region() {
        Some(region) => scheme.put("signingRegion", region),
        None => scheme,
    };
    Endpoint::builder().url(url).auth_scheme(scheme).build()
}

//! JSON in, JSON out: the SDK sends our document in place of its own, and the answer's bytes are kept as they came.
//!
//! The SDK's types know only the members of the day they were generated, and drop every other one. So its operations
//! are called for their credentials, signing, endpoints, retries and modelled errors, while the documents pass by.

use super::asked::Asked;
use super::{fault, hints};
use crate::effects::fault::{Fault, FaultKind};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One call's document on its way out and its answer on the way back. Clones share the answer.
#[derive(Clone, Default)]
pub struct Exchange {
    request: Option<Bytes>,
    /// `SERVICE.OPERATION`, where it is not the one of the SDK's operation.
    target: Option<String>,
    seen: Arc<Mutex<Seen>>,
}

/// What was seen of the last attempt.
#[derive(Default)]
struct Seen {
    host: Option<String>,
    /// The body of an answer with a status of 2xx.
    body: Option<Bytes>,
}

/// Bodies can hold registry tokens: nothing of them is printed.
impl fmt::Debug for Exchange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Exchange")
    }
}

impl Exchange {
    /// An exchange that sends `document` as it is.
    pub fn of(document: &Value) -> Self {
        Self { request: Some(Bytes::from(document.to_string())), ..Self::default() }
    }

    /// An exchange that sends `document` as it is to the operation of another service, which `x-amz-target` names.
    pub fn carried(document: &Value, target: &str) -> Self {
        Self { target: Some(target.to_owned()), ..Self::of(document) }
    }

    /// An exchange that sends a form in place of the SDK's.
    pub fn form(form: String) -> Self {
        Self { request: Some(Bytes::from(form)), ..Self::default() }
    }

    /// An exchange that leaves the SDK's request alone and only watches, for protocols other than JSON.
    pub fn watching() -> Self {
        Self::default()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer as JSON, or the fault. An answer that the SDK's model cannot read is still an answer, as long as it
    /// is a JSON object.
    ///
    /// # Errors
    /// What [`fault::of`] makes of the SDK's error; `Refused`, code `BadAnswer`, where AWS said yes with something that is
    /// not a JSON object. Some carried operations answer nothing at all: that is `{}`.
    pub fn finish<O, E>(&self, result: Result<O, SdkError<E, HttpResponse>>, asked: &Asked) -> Result<Value, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.finish_with(result, asked, |body| match serde_json::from_slice::<Value>(body) {
            Ok(answer @ Value::Object(_)) => Ok(answer),
            Ok(_) => Err("it is not a JSON object".to_owned()),
            Err(_) if body.is_empty() && self.target.is_some() => Ok(Value::Object(Map::new())),
            Err(error) => Err(error.to_string()),
        })
    }

    /// The answer as `read` understands it, or the fault.
    ///
    /// # Errors
    /// As for [`Self::finish`], with what `read` says.
    pub fn finish_with<O, E>(
        &self,
        result: Result<O, SdkError<E, HttpResponse>>,
        asked: &Asked,
        read: impl FnOnce(&[u8]) -> Result<Value, String>,
    ) -> Result<Value, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let body = self.seen().body.take();
        if let Some(body) = body {
            return read(&body).map_err(|why| bad_answer(asked, &why));
        }
        match result {
            Err(error) => Err(self.fault(&error, asked)),
            Ok(_) => Err(bad_answer(asked, "it has no body")),
        }
    }

    /// The fault that an error of the SDK comes to.
    pub fn fault<E>(&self, error: &SdkError<E, HttpResponse>, asked: &Asked) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        fault::of(error, asked, self.seen().host.as_deref())
    }
}

impl Intercept for Exchange {
    fn name(&self) -> &'static str {
        "JSON in, JSON out"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(document) = &self.request {
            let request = context.request_mut();
            request.headers_mut().insert("content-length", document.len().to_string());
            *request.body_mut() = SdkBody::from(document.clone());
            if let Some(target) = &self.target {
                request.headers_mut().insert("x-amz-target", target.clone());
            }
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let host = context.request().uri().parse::<http::Uri>().ok().and_then(|uri| uri.authority().cloned());
        *self.seen() = Seen { host: host.map(|host| host.to_string()), body: None };
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success() {
            self.seen().body = response.body().bytes().map(Bytes::copy_from_slice);
        }
        Ok(())
    }
}

/// The fault of an answer that says yes and cannot be understood: for a write, it has happened or it has not.
fn bad_answer(asked: &Asked, why: &str) -> Fault {
    let message = format!("{asked}: the answer cannot be understood: {why}");
    let fault = Fault::new(FaultKind::Refused, "BadAnswer", message).hint(hints::not_aws());
    if asked.write { fault.in_doubt() } else { fault }
}

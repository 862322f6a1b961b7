//! The SDK's HTTP client over our own transport: every request leaves through one door.

use crate::live::transport::{Transport, Unanswered};
use aws_smithy_async::future::timeout::Timeout;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;

/// Sends the SDK's requests through a [`Transport`].
#[derive(Clone, Debug)]
pub struct TransportClient {
    transport: Arc<dyn Transport>,
    sleep: SharedAsyncSleep,
    /// How long to wait for an answer's head, where the SDK asks for less than the operation's own timeout: the
    /// instance metadata service is given a second, because mostly there is none.
    patience: Option<Duration>,
}

impl TransportClient {
    /// A client over `transport`, whose timeouts run on `sleep`.
    pub fn new(transport: Arc<dyn Transport>, sleep: SharedAsyncSleep) -> Self {
        Self { transport, sleep, patience: None }
    }
}

impl HttpClient for TransportClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let connect = settings.connect_timeout().unwrap_or_default();
        let patience = settings.read_timeout().map(|read| read + connect);
        SharedHttpConnector::new(Self { patience, ..self.clone() })
    }
}

impl HttpConnector for TransportClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request.map(BodyExt::boxed),
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(error)))),
        };
        let answer = self.transport.send(request);
        let limit = self.patience.map(|patience| (self.sleep.sleep(patience), patience));
        HttpConnectorFuture::new(async move {
            let answered = match limit {
                None => answer.await,
                Some((sleep, patience)) => Timeout::new(answer, sleep).await.unwrap_or_else(|_| {
                    Err(Unanswered { sent: true, timeout: true, why: format!("no answer within {patience:?}") })
                }),
            };
            let response = answered.map_err(connector_error)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(Box::new(error), None))
        })
    }
}

/// The SDK's word for it: a timeout, or a broken connection. The [`Unanswered`] stays below it and says whether the
/// request can have arrived.
fn connector_error(unanswered: Unanswered) -> ConnectorError {
    let (sent, timeout) = (unanswered.sent, unanswered.timeout);
    let error =
        if timeout { ConnectorError::timeout(Box::new(unanswered)) } else { ConnectorError::io(Box::new(unanswered)) };
    if sent { error } else { error.never_connected() }
}

#[cfg(test)]
mod tests {
    use super::TransportClient;
    use crate::live::transport::{Answer, Body, Transport, Unanswered};
    use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
    use aws_smithy_runtime_api::client::http::HttpConnector;
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use std::error::Error;
    use std::sync::Arc;
    use std::time::Duration;

    #[derive(Debug)]
    struct Silence;

    impl Transport for Silence {
        fn send(&self, _: http::Request<Body>) -> Answer {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_no_longer_than_the_sdk_asks() {
        let began = tokio::time::Instant::now();
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        let client = TransportClient {
            patience: Some(Duration::from_secs(2)),
            ..TransportClient::new(Arc::new(Silence), sleep)
        };
        let request = HttpRequest::get("http://169.254.169.254/latest").expect("a request");
        let error = client.call(request).await.expect_err("nobody answers");
        assert!(error.is_timeout());
        let unanswered = error.source().and_then(|cause| cause.downcast_ref::<Unanswered>()).expect("our word for it");
        assert!(unanswered.sent && unanswered.timeout);
        assert_eq!(unanswered.why, "no answer within 2s");
        assert_eq!(began.elapsed(), Duration::from_secs(2));
    }
}

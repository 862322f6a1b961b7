//! What the stories have in common: sessions, a log, and calls that gantry itself does not make.

use crate::wire::{Recorded, Wire};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use bytes::Bytes;
use gantry::domain::settings::{Echo, SessionSettings};
use gantry::effects::event::{Event, Listener};
use gantry::live::aws::{Aws, Mode, Surroundings};
use gantry::live::network::Network;
use gantry::live::transport::Transport;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The account that moto gives to those who assumed no role.
pub const ACCOUNT: &str = "123456789012";
#[derive(Default)]
pub struct Log(Mutex<Vec<Event>>);

impl Log {
    pub fn heard(&self) -> Vec<Event> {
        self.0.lock().expect("no test failed with it").clone()
    }
}

impl Listener for Log {
    fn hear(&self, event: &Event) {
        self.0.lock().expect("no test failed with it").push(event.clone());
    }
}

pub fn aws<const N: usize>(settings: [(&str, SessionSettings); N]) -> (Aws, Arc<Wire>) {
    let wire = Arc::new(Wire::default());
    (aws_over(Recorded(wire.clone(), Arc::new(Network::new())), Mode::Real, settings), wire)
}

pub fn aws_over<const N: usize>(
    transport: impl Transport + 'static,
    mode: Mode,
    settings: [(&str, SessionSettings); N],
) -> Aws {
    let surroundings = Surroundings {
        transport: Arc::new(transport),
        time: SharedTimeSource::new(SystemTimeSource::new()),
        sleep: SharedAsyncSleep::new(TokioSleep::new()),
        mode,
    };
    let settings: BTreeMap<_, _> = settings.into_iter().map(|(name, it)| (name.to_owned(), it)).collect();
    Aws::new(settings, surroundings)
}

pub fn warning() -> SessionSettings {
    SessionSettings { echo: Echo::Warn, ..SessionSettings::default() }
}

pub fn endpoint() -> String {
    std::env::var("AWS_ENDPOINT_URL").expect("it is run by against_moto")
}

/// Makes a call that gantry does not have, to set the stage. moto checks no signature.
pub async fn stage(service: &str, target: &str, document: Value) -> Value {
    let scope = format!("AKIAEXAMPLE/20260101/ap-northeast-1/{service}/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let request = http::Request::post(endpoint())
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", target)
        .header("authorization", authorization)
        .body(Full::new(Bytes::from(document.to_string())).map_err(Into::into).boxed())
        .expect("a request");
    let answer = Network::new().send(request).await.expect("moto answers");
    let status = answer.status();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    assert!(status.is_success(), "{target}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}

pub async fn ecs(operation: &str, document: Value) -> Value {
    stage("ecs", &format!("AmazonEC2ContainerServiceV20141113.{operation}"), document).await
}

/// A definition with much that is easily lost.
pub fn definition(family: &str) -> Value {
    json!({
        "family": family,
        "networkMode": "bridge",
        "containerDefinitions": [{
            "name": "app",
            "image": "shop:1",
            "cpu": 0,
            "memory": 256,
            "essential": true,
            "environment": [{ "name": "APP_ENV", "value": "" }],
            "secrets": [{ "name": "PASSWORD", "valueFrom": "arn:aws:ssm:ap-northeast-1:123456789012:parameter/p" }],
            "dockerLabels": { "Team.Name": "shop" },
            "healthCheck": { "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3 },
            "mountPoints": [{ "sourceVolume": "data", "containerPath": "/data" }],
            "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "shop" } },
        }],
        "volumes": [{ "name": "data", "host": { "sourcePath": "/srv/data" } }],
    })
}

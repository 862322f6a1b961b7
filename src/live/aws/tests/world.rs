//! A world of prepared answers: what was sent, when, and what comes back.

use crate::domain::settings::SessionSettings;
use crate::effects::event::{Event, Events, Listener};
use crate::live::aws::{Assigned, Aws, Mode, Surroundings};
use crate::live::transport::{Answer, Body, Transport, Unanswered};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// One request as it left.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Since the world began.
    pub at: Duration,
    pub uri: String,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl Sent {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the request is JSON")
    }

    /// The operation: `AmazonEC2ContainerServiceV20141113.DescribeServices` → `DescribeServices`, else STS.
    pub fn operation(&self) -> String {
        match self.headers.get("x-amz-target") {
            Some(target) => target.to_str().expect("ASCII").rsplit('.').next().expect("one part").to_owned(),
            None => "sts".to_owned(),
        }
    }
}

/// What comes back.
pub enum Back {
    Answer(u16, Vec<u8>),
    /// The head, then a body that breaks off.
    Broken,
    Unanswered {
        sent: bool,
        timeout: bool,
    },
    /// Nothing, ever.
    Silence,
}

#[allow(clippy::needless_pass_by_value, reason = "documents are written in place")]
pub fn ok(body: impl ToString) -> Back {
    Back::Answer(200, body.to_string().into_bytes())
}

pub fn no(status: u16, code: &str, message: &str) -> Back {
    Back::Answer(status, serde_json::json!({ "__type": code, "message": message }).to_string().into_bytes())
}

pub fn identity(account: &str) -> Back {
    ok(format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/x</Arn><UserId>U</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    ))
}

/// The world: prepared answers, in order.
pub struct World {
    began: Instant,
    sent: Mutex<Vec<Sent>>,
    answers: Mutex<VecDeque<Back>>,
    heard: Mutex<Vec<Event>>,
}

impl fmt::Debug for World {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("World")
    }
}

#[derive(Debug)]
struct Door(Arc<World>);

impl Transport for Door {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let world = self.0.clone();
        Box::pin(async move {
            let at = world.began.elapsed();
            let (parts, body) = request.into_parts();
            let body = body.collect().await.expect("a body of the SDK").to_bytes().to_vec();
            world.sent.lock().unwrap().push(Sent { at, uri: parts.uri.to_string(), headers: parts.headers, body });
            let answer = world.answers.lock().unwrap().pop_front();
            let (status, body) = match answer.expect("an answer is prepared for every request") {
                Back::Answer(status, body) => (status, Full::new(Bytes::from(body)).map_err(Into::into).boxed()),
                Back::Broken => {
                    let frames = [Ok(http_body::Frame::data(Bytes::from("{\"serv"))), Err("connection reset".into())];
                    (200, BodyExt::boxed(http_body_util::StreamBody::new(futures_util::stream::iter(frames))))
                }
                Back::Unanswered { sent, timeout } => {
                    return Err(Unanswered { sent, timeout, why: "connection refused by the test".to_owned() });
                }
                Back::Silence => std::future::pending().await,
            };
            Ok(http::Response::builder().status(status).body(body).expect("a response"))
        })
    }
}

impl Listener for World {
    fn hear(&self, event: &Event) {
        self.heard.lock().unwrap().push(event.clone());
    }
}

#[derive(Debug)]
struct PausedSleep;
impl AsyncSleep for PausedSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

#[derive(Debug)]
struct PausedTime(Instant);
impl TimeSource for PausedTime {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000) + self.0.elapsed()
    }
}

impl World {
    pub fn answering(answers: impl IntoIterator<Item = Back>) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            sent: Mutex::default(),
            answers: Mutex::new(answers.into_iter().collect()),
            heard: Mutex::default(),
        })
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub fn operations(&self) -> Vec<String> {
        self.sent().iter().map(Sent::operation).collect()
    }

    /// When each request left, in milliseconds.
    pub fn times(&self) -> Vec<u128> {
        self.sent().iter().map(|sent| sent.at.as_millis()).collect()
    }

    pub fn heard(&self) -> Vec<Event> {
        self.heard.lock().unwrap().clone()
    }

    pub fn events(self: &Arc<Self>) -> Events {
        Events::to(self.clone())
    }

    /// Rehearsed sessions `test` and `prod`.
    pub fn aws(self: &Arc<Self>, settings: impl IntoIterator<Item = (&'static str, SessionSettings)>) -> Aws {
        let account = |digit: &str| Assigned {
            account: digit.repeat(12),
            region: "ap-northeast-1".to_owned(),
            access_key_id: format!("AKIA{digit}"),
            secret_access_key: "not a secret".to_owned(),
        };
        self.aws_of([("test".to_owned(), account("1")), ("prod".to_owned(), account("2"))].into(), settings)
    }

    pub fn aws_of(
        self: &Arc<Self>,
        accounts: BTreeMap<String, Assigned>,
        settings: impl IntoIterator<Item = (&'static str, SessionSettings)>,
    ) -> Aws {
        let surroundings = Surroundings {
            transport: Arc::new(Door(self.clone())),
            time: SharedTimeSource::new(PausedTime(self.began)),
            sleep: SharedAsyncSleep::new(PausedSleep),
            mode: Mode::Rehearsal(accounts),
        };
        Aws::new(settings.into_iter().map(|(name, settings)| (name.to_owned(), settings)).collect(), surroundings)
    }
}

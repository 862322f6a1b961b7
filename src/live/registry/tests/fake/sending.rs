//! How requests reach the fake registries, and what they meet on the way.

use super::serving::Plain;
use super::{Fake, Trap};
use crate::live::registry::streaming;
use crate::live::transport::{Answer, Body, Cause, Transport, Unanswered};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use std::time::Duration;

fn dropped() -> Unanswered {
    Unanswered { sent: true, timeout: false, why: "connection closed".to_owned() }
}

fn head_of((status, headers, _): &Plain) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(*status).unwrap();
    response.headers_mut().extend(
        headers.iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())),
    );
    response
}

fn response(answer: Plain) -> Response<Body> {
    head_of(&answer).map(|()| streaming::full(answer.2))
}

fn streamed(
    answer: &Plain,
    body: impl futures_util::Stream<Item = Result<Bytes, Cause>> + Send + Sync + 'static,
) -> Response<Body> {
    head_of(answer).map(|()| http_body_util::BodyExt::boxed(StreamBody::new(body.map(|part| part.map(Frame::data)))))
}

impl Fake {
    /// What a request met by now: a trap that was laid for it, or chance.
    fn trap_for(&self, line: &str) -> Option<Trap> {
        let mut state = self.0.lock().unwrap();
        if let Some((request, reached)) = state.ends {
            match state.log.len() {
                number if number > request || (number == request && !reached) => return Some(Trap::Drop),
                number if number == request => return Some(Trap::DoneAndDropped),
                _ => {}
            }
        }
        let laid = state.traps.iter().position(|(start, _)| line.starts_with(start));
        match laid {
            Some(at) => Some(state.traps.remove(at).1),
            None => state.chance.as_mut().and_then(|chance| chance.trap(line)),
        }
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Unanswered> {
        let (head, mut body) = request.into_parts();
        let line =
            format!("{} {}{}", head.method, head.uri.host().unwrap_or_default(), head.uri.path_and_query().unwrap());
        let given = head.headers.get(AUTHORIZATION).map(|value| format!(" ({})", value.to_str().unwrap()));
        self.0.lock().unwrap().log.push(format!("{line}{}", given.unwrap_or_default()));
        let trap = self.trap_for(&line);
        // Requests of one moment are all under way before the first is answered; the clock must not stand still.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut sent = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                self.0.lock().unwrap().broken.push(sent.len());
                return Err(dropped());
            };
            sent.extend_from_slice(&frame.into_data().unwrap_or_default());
            if matches!(trap, Some(Trap::Reset(after)) if sent.len() >= after) {
                return Err(dropped());
            }
        }
        match &trap {
            Some(Trap::Drop | Trap::Reset(_)) => return Err(dropped()),
            Some(Trap::Silence) => std::future::pending().await,
            Some(Trap::Answer(status, headers, body)) => {
                return Ok(response((*status, headers.clone(), Bytes::from_static(body.as_bytes()))));
            }
            _ => {}
        }
        let answer = {
            let mut state = self.0.lock().unwrap();
            let answer = state.serve(&head, &sent.into());
            if std::mem::take(&mut state.gone) {
                return Err(dropped());
            }
            answer
        };
        // A HEAD has no body that could break off.
        let trap = if head.method == Method::HEAD && !matches!(trap, Some(Trap::DoneAndDropped)) { None } else { trap };
        let start = |bytes: usize| answer.2.slice(..bytes.min(answer.2.len()));
        match trap {
            None => Ok(response(answer)),
            Some(Trap::DoneAndDropped) => Err(dropped()),
            Some(Trap::Instead(bytes)) => Ok(response((200, vec![], Bytes::from_static(bytes)))),
            Some(Trap::CutShort(bytes)) => Ok(streamed(&answer, stream::iter([Ok(start(bytes))]))),
            Some(Trap::BreakOff(bytes)) => {
                let parts = [Ok(start(bytes)), Err(Cause::from("connection reset"))];
                Ok(streamed(&answer, stream::iter(parts)))
            }
            Some(Trap::Stall(bytes)) => {
                Ok(streamed(&answer, stream::iter([Ok(start(bytes))]).chain(stream::pending())))
            }
            Some(Trap::Trickle(pause)) => {
                let bytes = answer.2.clone();
                let parts = stream::iter(0..bytes.len()).then(move |at| {
                    let part = bytes.slice(at..=at);
                    async move {
                        tokio::time::sleep(pause).await;
                        Ok(part)
                    }
                });
                // A body must be `Sync`, which a sleeping stream is.
                Ok(streamed(&answer, parts))
            }
            Some(Trap::Drop | Trap::Reset(_) | Trap::Silence | Trap::Answer(..)) => unreachable!("met above"),
        }
    }
}

impl Transport for Fake {
    fn send(&self, request: Request<Body>) -> Answer {
        let fake = self.clone();
        Box::pin(async move { fake.answer(request).await })
    }
}

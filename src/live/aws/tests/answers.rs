//! What is sent again, and after which pause: exact on a paused clock.

use super::world::{Back, World, no, ok};
use crate::effects::event::Events;
use crate::effects::fault::FaultKind;
use serde_json::json;

fn throttled() -> Back {
    no(400, "ThrottlingException", "Rate exceeded")
}

fn registered() -> Back {
    ok(json!({ "taskDefinition": { "family": "web", "revision": 8 } }))
}

#[tokio::test(start_paused = true)]
async fn a_throttled_write_is_sent_again_after_doubling_pauses() {
    let world = World::answering([
        throttled(),
        no(400, "ClientException", "Rate exceeded"),
        Back::Answer(429, Vec::new()),
        no(400, "com.amazonaws.ecs#TooManyRequestsException", ""),
        registered(),
    ]);
    let document = json!({ "family": "web" });
    let got = world.aws([]).register_task_definition("prod", &document, &Events::nowhere()).await;
    got.expect("the fifth attempt passes");
    assert_eq!(world.times(), [0, 1000, 3000, 7000, 15000]);
    assert!(world.sent().iter().all(|sent| sent.json() == document), "the same document every time");
}

#[tokio::test(start_paused = true)]
async fn throttling_that_does_not_pass_is_a_retryable_fault_about_which_there_is_no_doubt() {
    let world = World::answering((0..5).map(|_| throttled()));
    let fault = world.aws([]).update_service("prod", &json!({ "service": "web" }), &Events::nowhere()).await;
    let fault = fault.expect_err("five attempts");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "ThrottlingException"));
    assert!(fault.retryable && !fault.in_doubt);
    assert_eq!(world.sent().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_not_sent_again_after_anything_that_leaves_it_in_doubt() {
    let rows = [
        (no(500, "ServerException", "Service Unavailable"), FaultKind::Refused, "ServerException", 0),
        (Back::Answer(503, b"<html>busy</html>".to_vec()), FaultKind::Refused, "Http503", 0),
        (Back::Unanswered { sent: true, timeout: false }, FaultKind::Network, "Unreachable", 0),
        (Back::Unanswered { sent: true, timeout: true }, FaultKind::Network, "Timeout", 0),
        (Back::Broken, FaultKind::Network, "AnswerBroken", 0),
        (Back::Silence, FaultKind::Network, "Timeout", 60),
    ];
    for (back, kind, code, seconds) in rows {
        let world = World::answering([back]);
        let began = tokio::time::Instant::now();
        for_each_write(&world, |fault| {
            assert_eq!((fault.kind, fault.code.as_str()), (kind, code), "{fault}");
            assert!(fault.in_doubt && fault.retryable, "{code}");
        })
        .await;
        assert_eq!(began.elapsed().as_secs(), seconds, "{code}");
        assert_eq!(world.sent().len(), 1, "{code}: once, and never again");
    }
}

async fn for_each_write(world: &std::sync::Arc<World>, check: impl Fn(&crate::effects::fault::Fault)) {
    let aws = world.aws([]);
    let fault = aws.register_task_definition("prod", &json!({ "family": "web" }), &Events::nowhere()).await;
    check(&fault.expect_err("no good answer"));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_never_left_is_not_in_doubt() {
    let world = World::answering([Back::Unanswered { sent: false, timeout: false }]);
    let fault = world.aws([]).create_repository("prod", &json!({ "repositoryName": "shop" })).await;
    let fault = fault.expect_err("no connection");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Network, "Unreachable"));
    assert!(!fault.in_doubt && fault.retryable);
    assert!(fault.message.contains("api.ecr.ap-northeast-1.amazonaws.com"), "{}", fault.message);
    assert!(fault.message.contains("connection refused by the test"), "{}", fault.message);
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_sent_again_after_what_may_pass() {
    let world = World::answering([
        no(500, "ServerException", ""),
        Back::Unanswered { sent: true, timeout: false },
        Back::Broken,
        Back::Silence,
        ok(json!({ "services": [] })),
    ]);
    let got = world.aws([]).describe_services("prod", "main", &["web".to_owned()]).await;
    assert_eq!(got.expect("the fifth attempt passes"), json!({ "services": [] }));
    assert_eq!(world.times(), [0, 200, 600, 1400, 33_000]);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_sent_again_after_a_busy_page_and_not_after_a_refusal() {
    let busy = |status| Back::Answer(status, b"<html>busy</html>".to_vec());
    let world = World::answering([busy(502), busy(503), busy(504), ok(json!({ "services": [] }))]);
    let got = world.aws([]).describe_services("prod", "main", &["web".to_owned()]).await;
    assert_eq!(got.expect("the fourth attempt passes"), json!({ "services": [] }));
    assert_eq!(world.times(), [0, 200, 600, 1400]);

    for status in [400, 403, 404] {
        let world = World::answering([busy(status)]);
        let fault = world.aws([]).describe_services("prod", "main", &[]).await.expect_err("a refusal");
        assert_eq!((fault.code, fault.retryable), (format!("Http{status}"), false));
        assert_eq!(world.sent().len(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_gives_up_after_five_attempts_and_names_the_host() {
    let world = World::answering((0..5).map(|_| Back::Unanswered { sent: false, timeout: true }));
    let fault = world.aws([]).describe_task_definition("test", "web:7").await.expect_err("nobody answers");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Network, "Timeout"));
    assert!(fault.retryable && !fault.in_doubt);
    assert!(fault.message.contains("ecs.ap-northeast-1.amazonaws.com"), "{}", fault.message);
    assert_eq!(world.times(), [0, 200, 600, 1400, 3000]);
}

#[tokio::test(start_paused = true)]
async fn what_one_run_could_not_do_takes_nothing_from_the_next() {
    // The SDK's own quota would be used up after some fifty failures of one process.
    for _ in 0..40 {
        let world = World::answering((0..5).map(|_| no(500, "ServerException", "")));
        let fault = world.aws([]).describe_task_definition("prod", "web").await.expect_err("five times no");
        assert_eq!(fault.code, "ServerException");
        assert_eq!(world.sent().len(), 5);
    }
}

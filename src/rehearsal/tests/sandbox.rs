//! What a sandbox needs of the world: a clock that runs faster than the caller's, and a snapshot
//! that two worlds can be compared by.

use std::num::NonZeroU32;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::support::{PROD_HOST, call, parse, release, release_and, release_text};
use crate::rehearsal::Rehearsal;

fn members<'a>(value: &'a Value, path: &str) -> &'a Vec<Value> {
    value.pointer(path).and_then(Value::as_array).expect(path)
}

async fn update(world: &Rehearsal) -> Value {
    let request = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    let answer = call(world, "prod", "ecs:UpdateService", &request).await;
    answer.expect("an answer").json()
}

#[tokio::test(start_paused = true)]
async fn at_a_speed_everything_takes_that_much_less_of_the_callers_time() {
    let text = release_text().replacen("now =", "latency = \"6s\"\nnow =", 1);
    let speed = NonZeroU32::new(60).expect("not zero");
    let world = Rehearsal::beside(parse(&text).expect("a world"), jiff::Timestamp::UNIX_EPOCH, speed);
    let (began, start) = (Instant::now(), world.now());
    update(&world).await;
    assert_eq!(began.elapsed(), Duration::from_millis(100));
    assert_eq!(world.now().duration_since(start).as_millis(), 6_000);
    let deployments = |world: &Rehearsal| members(&world.snapshot(), "/ecs/0/clusters/0/services/0/deployments").len();
    assert_eq!(deployments(&world), 2);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(deployments(&world), 1);
}

#[tokio::test(start_paused = true)]
async fn reading_leaves_no_trace_in_a_snapshot_and_writing_does() {
    let world = release();
    let before = world.snapshot();
    assert_eq!(before["writes"], json!([]));
    assert_eq!(members(&before, "/ecs/0/taskDefinitions").len(), 1);
    assert!(
        before["registries"][PROD_HOST]["shop"]["tags"]["20261105-1.4.1"]
            .as_str()
            .is_some_and(|digest| digest.starts_with("sha256:"))
    );
    let request = json!({ "cluster": "prod", "services": ["web"] });
    call(&world, "prod", "ecs:DescribeServices", &request).await.expect("an answer");
    sleep(Duration::from_mins(10)).await;
    assert_eq!(world.snapshot(), before);

    let updated = update(&world).await;
    let mut writes = world.snapshot()["writes"].clone();
    let made = json!({
        "operation": "ecs:UpdateService", "account": "222222222222", "region": "ap-northeast-1",
        "cluster": "prod", "service": "web", "forceNewDeployment": true,
        "made": updated["service"]["deployments"][0]["id"],
    });
    assert_eq!(writes, json!([made]));
    let missing = json!({ "cluster": "prod", "service": "none" });
    call(&world, "prod", "ecs:UpdateService", &missing).await.expect("an answer");
    writes = world.snapshot()["writes"].clone();
    assert_eq!(writes[1]["refused"], "ServiceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_lost_on_its_way_is_not_in_the_log_and_one_whose_answer_was_is() {
    let fault = |then: &str| format!("[[faults]]\non = \"ecs:UpdateService\"\nthen = \"{then}\"\n");
    let request = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    for (then, made) in [("lost_before", 0), ("lost_after", 1)] {
        let world = release_and(&fault(then));
        let lost = call(&world, "prod", "ecs:UpdateService", &request).await;
        assert!(lost.is_err(), "{then}");
        let snapshot = world.snapshot();
        assert_eq!(members(&snapshot, "/writes").len(), made, "{then}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_lives_by_a_later_clock_sees_writes_at_its_times() {
    let theirs: jiff::Timestamp = "2027-03-01T00:00:00Z".parse().expect("a time");
    let world = Rehearsal::beside(parse(&release_text()).expect("a world"), theirs, NonZeroU32::MIN);
    assert_eq!(world.now(), theirs);
    let before = world.snapshot();
    assert_eq!(before, release().snapshot());
    let updated = update(&world).await;
    let created = updated["service"]["deployments"][0]["createdAt"].as_f64().expect("a time");
    assert!((created - 1_803_859_200.02).abs() < 0.001, "{created}");
    // a world whose own time is later keeps it: what was there before must not lie in the future
    let world =
        Rehearsal::beside(parse(&release_text()).expect("a world"), jiff::Timestamp::UNIX_EPOCH, NonZeroU32::MIN);
    assert_eq!(world.now(), release().now());
}

//! A world with many services, in each of which something else happens, and what truly became of each deployment.

use super::random::Random;
use super::story::{Meddling, Story};
use super::world::{definition, folder, write};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use bytes::Bytes;
use futures_util::future::join_all;
use gantry::domain::rollout::{Judge, Policy, Target, Verdict};
use gantry::effects::asker::NobodyThere;
use gantry::effects::call::{Call, EcsCall};
use gantry::effects::event::Events;
use gantry::effects::redact::Redactor;
use gantry::effects::world::World as _;
use gantry::live::Live;
use gantry::live::aws::{Assigned, Aws, Mode, Surroundings as AwsSurroundings};
use gantry::live::host::files::ProjectFiles;
use gantry::live::host::surroundings::Surroundings;
use gantry::live::transport::{Answer, Body, Transport, Unanswered};
use gantry::rehearsal::{Rehearsal, World};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The world, with clients of it.
pub struct Place {
    rehearsal: Rehearsal,
    live: Live,
}

impl Place {
    /// Plays so many stories at once, and gives what was said of each beside what happened.
    pub async fn play(mut random: Random, count: usize, judge: Judge) -> Vec<(Story, Verdict, Value)> {
        let records = random.pick(&["present", "present", "present", "missing", "denied", "error"]);
        let stories: Vec<Story> = (0..count).map(|number| Story::of(&mut random, number, records)).collect();
        let place = Self::with(&stories, records, judge);
        for image in ["fresh", "other"] {
            place.register(image).await;
        }
        let delays: Vec<u64> = stories.iter().map(|_| random.between(0, 20_000)).collect();
        join_all(stories.into_iter().zip(delays).map(|(story, delay)| place.tell(story, delay))).await
    }

    fn with(stories: &[Story], records: &str, judge: Judge) -> Self {
        let world = World::load(&write(stories, records)).unwrap_or_else(|error| panic!("{error}"));
        let account = world.accounts()["prod"].clone();
        let rehearsal = Rehearsal::new(world);
        let credentials = rehearsal.credentials("prod").expect("a key");
        let assigned = Assigned {
            account: account.id,
            region: account.region,
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
        };
        let transport: Arc<dyn Transport> = Arc::new(Door(rehearsal.clone()));
        let clock = Clock(rehearsal.clone());
        let surroundings = AwsSurroundings {
            transport: transport.clone(),
            time: SharedTimeSource::new(clock.clone()),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            mode: Mode::Rehearsal([("prod".to_owned(), assigned)].into()),
        };
        let aws = Aws::new(BTreeMap::new(), surroundings);
        let host = Surroundings::rehearsed(Arc::new(move || clock.0.now().as_millisecond()), BTreeMap::new());
        let (files, asker) = (ProjectFiles::below(folder()), Arc::new(NobodyThere));
        let live = Live::new(transport, aws, BTreeMap::new(), files, host, Redactor::default(), asker);
        Self { rehearsal, live: live.judged_by(judge) }
    }

    async fn ask(&self, operation: &str, request: Value) -> Value {
        let key = self.rehearsal.credentials("prod").expect("a session").access_key_id;
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20261119/ap-northeast-1/ecs/aws4_request, SignedHeaders=host, Signature=0"
        );
        let body = Full::new(Bytes::from(request.to_string())).map_err(|never| match never {}).boxed();
        let request = http::Request::post("https://ecs.ap-northeast-1.amazonaws.com/")
            .header("x-amz-target", format!("AmazonEC2ContainerServiceV20141113.{operation}"))
            .header("authorization", signed)
            .body(body)
            .expect("a request");
        let answer = self.rehearsal.handle(request).await.expect("an answer").into_body().collect().await;
        serde_json::from_slice(&answer.expect("a body").to_bytes()).expect("JSON")
    }

    async fn register(&self, image: &str) {
        let answer = self.ask("RegisterTaskDefinition", definition(image)).await;
        assert!(answer["taskDefinition"]["revision"].is_u64(), "{answer}");
    }

    async fn update(&self, story: &Story, definition: Option<&str>) -> Value {
        let mut request = json!({ "cluster": "prod", "service": story.service, "forceNewDeployment": true });
        if let Some(definition) = definition {
            request["taskDefinition"] = json!(definition);
        }
        let answer = self.ask("UpdateService", request).await;
        answer["service"].clone()
    }

    /// Deploys, lets somebody meddle, and watches.
    async fn tell(&self, story: Story, delay: u64) -> (Story, Verdict, Value) {
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let updated = self.update(&story, (!story.refresh).then_some("web:8")).await;
        let ours = updated["deployments"][0].clone();
        let told = updated["currentServiceDeployment"].as_str().filter(|arn| !arn.is_empty());
        let target = Target {
            deployment: ours["id"].as_str().expect("an id").to_owned(),
            task_definition: ours["taskDefinition"].as_str().expect("a definition").to_owned(),
            previous: None,
            since: None,
            until: story.until,
            service_deployment: told.map(str::to_owned),
            answered: Vec::new(),
        };
        let call = Call::Ecs(EcsCall::WatchRollout {
            session: "prod".to_owned(),
            cluster: "prod".to_owned(),
            service: story.service.clone(),
            target: target.clone(),
            policy: Policy::default(),
            timeout_millis: if story.strategy == "ROLLING" { 300_000 } else { 480_000 },
        });
        let events = Events::nowhere();
        let mut meddling = Box::pin(self.meddle(&story, &target.deployment));
        let mut watch = self.live.perform(&call, &events);
        let reply = tokio::select! {
            reply = &mut watch => reply,
            () = &mut meddling => watch.await,
        };
        drop(meddling);
        let verdict = reply.expect("an end").rollout().expect("a rollout").verdict;
        let truth = self.truth(&story, &target.deployment);
        (story, verdict, truth)
    }

    async fn meddle(&self, story: &Story, ours: &str) {
        let Some((meddling, after)) = story.meddling else { return };
        tokio::time::sleep(Duration::from_millis(after)).await;
        let stop = |kind: &str| {
            let arn = self.truth(story, ours)["serviceDeploymentArn"].clone();
            self.ask("StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": kind }))
        };
        match meddling {
            Meddling::Refreshes => drop(self.update(story, None).await),
            Meddling::Deploys => drop(self.update(story, Some("web:9")).await),
            Meddling::Scales => {
                let request = json!({ "cluster": "prod", "service": story.service, "desiredCount": 1 + after % 4 });
                self.ask("UpdateService", request).await;
            }
            // one that has ended is not stopped, and that is no mistake
            Meddling::RollsBack => drop(stop("ROLLBACK").await),
            Meddling::Aborts => drop(stop("ABORT").await),
            Meddling::Answers(action) => self.answer_hooks(story, ours, action).await,
        }
    }

    /// Somebody who sits before the console looks now and then, and answers what waits.
    async fn answer_hooks(&self, story: &Story, ours: &str, action: &str) {
        let arn = self.truth(story, ours)["serviceDeploymentArn"].clone();
        for _ in 0..20 {
            let seen = self.ask("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] })).await;
            let hooks = seen.pointer("/serviceDeployments/0/lifecycleHookDetails").and_then(Value::as_array);
            let waits = |hook: &&Value| hook["status"] == "AWAITING_ACTION";
            if let Some(hook) = hooks.into_iter().flatten().find(waits) {
                let answer = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"], "action": action });
                self.ask("ContinueServiceDeployment", answer).await;
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    }

    /// What the simulation knows of our deployment; `followed` is whether there was another one after it.
    fn truth(&self, story: &Story, ours: &str) -> Value {
        let snapshot = self.rehearsal.snapshot();
        let services = snapshot["ecs"][0]["clusters"][0]["services"].as_array().expect("services");
        let service = services.iter().find(|one| one["serviceName"] == story.service.as_str()).expect("the service");
        let history = service["serviceDeployments"].as_array().expect("a history");
        let at = history.iter().position(|one| one["deployment"] == ours).expect("ours");
        let mut truth = history[at].clone();
        let primary = service["deployments"][0]["id"].clone();
        // `deployments[]` says so before the record does, which ends with the cleanup
        let listed = service["deployments"].as_array().expect("deployments").iter().find(|one| one["id"] == ours);
        truth["completed"] = json!(listed.is_some_and(|one| one["rolloutState"] == "COMPLETED"));
        truth["followed"] = json!(at + 1 < history.len() || primary != ours);
        truth
    }
}

#[derive(Debug)]
struct Door(Rehearsal);

impl Transport for Door {
    fn send(&self, request: http::Request<Body>) -> Answer {
        let rehearsal = self.0.clone();
        Box::pin(async move {
            let answer = rehearsal.handle(request).await;
            answer.map_err(|lost| Unanswered { sent: true, timeout: false, why: lost.to_string() })
        })
    }
}

#[derive(Clone, Debug)]
struct Clock(Rehearsal);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0.now().as_millisecond()).unwrap_or(0))
    }
}

//! A signal while a write is under way: it gets its answer, and what it did is told.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::gantry;
use support::project::Project;
use support::running::{Running, STOPPING};
use support::silent::Silent;

const SCRIPT: &str = "ecr::create_repository(aws::session(\"default\"), \"shop\");\nprint(\"never\");\n";
const CREATED: &str = "{\"repository\":{\"repositoryArn\":\"arn:aws:ecr:eu-central-1:123456789012:repository/shop\",\
     \"registryId\":\"123456789012\",\"repositoryName\":\"shop\",\
     \"repositoryUri\":\"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop\"}}";

/// A run whose first write has been asked for and has no answer yet.
fn writing(endpoint: &Silent) -> (Project, Running) {
    let project = Project::empty().file("r.rhai", SCRIPT);
    let command = gantry(&project.root)
        .args(["run", "r.rhai"])
        .env("AWS_ENDPOINT_URL", &endpoint.url)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    let running = Running::start(command.command());
    assert_eq!(endpoint.asked(), "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories");
    endpoint.answer(400, "{\"__type\":\"RepositoryNotFoundException\",\"message\":\"there is none\"}");
    assert_eq!(endpoint.asked(), "AmazonEC2ContainerRegistry_V20150921.CreateRepository");
    (project, running)
}

/// The entries of the only journal, by their kind.
fn journal(project: &Project) -> Vec<serde_json::Value> {
    let kept = project.kept();
    assert_eq!(kept.len(), 1, "{kept:?}");
    kept[0].1.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

#[test]
fn a_second_signal_ends_at_once() {
    let endpoint = Silent::start();
    let (project, running) = writing(&endpoint);
    let ended = running.signal("INT").after("at once)").signal("INT").ends();
    ended.is(4, "", STOPPING);
    let entries = journal(&project);
    let (last, before) = entries.split_last().expect("entries");
    assert_eq!((&last["entry"], &last["call"]["call"]), (&"start".into(), &"create_repository".into()), "{last}");
    assert!(before.iter().all(|entry| entry["key"] != last["key"]), "begun, and nobody knows how it ended: {before:?}");
}

#[test]
fn a_write_under_way_gets_its_answer() {
    let endpoint = Silent::start();
    let (project, running) = writing(&endpoint);
    let running = running.signal("TERM").after("at once)");
    endpoint.answer(200, CREATED);
    let ended = running.ends();
    let kept = project.kept();
    let expected = format!(
        "{STOPPING}   0.0s  created repository shop\n  x interrupted\n   ,-[r.rhai:2:1]\n \
         1 | ecr::create_repository(aws::session(\"default\"), \"shop\");\n 2 | print(\"never\");\n   : ^^^^^\n   `----\n\n\
         interrupted in 0.0s: 3 calls, 1 of them changed something\n     0.0s  create repository shop\n\
         written before it ended:\n  - created repository shop\njournal: {}\n`gantry resume {}` goes on with it\n",
        kept.first().map(|(file, _)| file.display().to_string()).unwrap_or_default(),
        kept.first().and_then(|(file, _)| file.parent()?.file_name()?.to_str()).unwrap_or_default(),
    );
    ended.is(4, "", &expected);
    let entries: Vec<_> = journal(&project).iter().map(|entry| entry["entry"].clone()).collect();
    let [.., start, done, end] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!([start, done, end], ["start", "done", "end"]);
}

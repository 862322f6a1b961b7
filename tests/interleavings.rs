//! The judge, proved: thousands of random deployments in the rehearsed ECS, each verdict compared with what the
//! simulation knows happened. And worse judges, each of which is found out.
#![allow(clippy::disallowed_methods, reason = "stories set up files")]

#[path = "interleavings/judges.rs"]
mod judges;
#[path = "interleavings/place.rs"]
mod place;

use gantry::domain::rollout::{FailureKind, Judge, Undone, Until, Verdict, judge};
use place::{Place, Random, Story};

/// So many deployments are looked at.
const STORIES: usize = 2000;
/// So many of them are in one world, and watched by one watcher.
const TOGETHER: usize = 40;

/// What a verdict says that did not happen; none where it is right.
fn mistake(story: &Story, verdict: &Verdict, truth: &serde_json::Value) -> Option<String> {
    let outcome = truth["outcome"].as_str().unwrap_or("unknown");
    let (succeeded, drained) = (outcome == "succeeded", truth["drained"] == true);
    // without records, that `deployments[]` calls it completed is all that can be known
    let completed = succeeded || (story.records != "present" && truth["completed"] == true);
    let wrong = match verdict {
        Verdict::Done { .. } if !completed => "a false success",
        // who deployed after us has tasks of their own
        Verdict::Done { reached: Until::Drained } if !drained && !story.somebody_deploys() => "drained too early",
        Verdict::Failed(failure) if succeeded && failure.kind != FailureKind::CrashLoop => "a false failure",
        Verdict::Failed(failure) if failure.kind == FailureKind::CrashLoop && !story.tasks_fail() => "no crash loop",
        Verdict::Failed(failure) if failure.undone == Undone::Done && outcome == "stopped" => "nothing was undone",
        Verdict::Superseded(_) if truth["followed"] != true => "superseded by nobody",
        Verdict::Running { .. } | Verdict::Failing(_) | Verdict::Awaiting(_)
            if outcome != "under way" && (drained || !succeeded) =>
        {
            "an end that was not seen"
        }
        _ => return None,
    };
    Some(format!("{wrong}: {verdict:?}\n  the truth: {truth}\n  the story: {story:?}"))
}

/// Deployments in worlds of `seed`, judged by `judge`: the mistakes, up to the first world that has one; and how often
/// each verdict was given.
fn run(seed: u64, stories: usize, judge: Judge) -> (Vec<String>, Vec<(String, usize)>) {
    let mut given: Vec<(String, usize)> = Vec::new();
    for world in 0..stories.div_ceil(TOGETHER) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        let random = Random::of(seed.wrapping_add(world as u64));
        let ends = runtime.expect("a runtime").block_on(Place::play(random, TOGETHER, judge));
        let mistakes: Vec<String> =
            ends.iter().filter_map(|(story, verdict, truth)| mistake(story, verdict, truth)).collect();
        for (_, verdict, _) in &ends {
            let word = serde_json::to_value(verdict).expect("JSON")["verdict"].as_str().expect("a word").to_owned();
            match given.iter_mut().find(|(known, _)| *known == word) {
                Some((_, count)) => *count += 1,
                None => given.push((word, 1)),
            }
        }
        if !mistakes.is_empty() {
            return (mistakes, given);
        }
    }
    (Vec::new(), given)
}

/// `GANTRY_SEED=… cargo test --test interleavings` tries others.
fn seed() -> u64 {
    std::env::var("GANTRY_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121)
}

#[test]
fn two_thousand_random_deployments_have_no_false_success_and_no_false_failure() {
    let seed = seed();
    let (mistakes, given) = run(seed, STORIES, judge);
    assert!(mistakes.is_empty(), "seed {seed}: {} mistakes, the first: {}", mistakes.len(), mistakes[0]);
    // the stories are not all the same one
    for word in ["done", "failed", "superseded"] {
        let count = given.iter().find(|(known, _)| known == word).map_or(0, |(_, count)| *count);
        assert!(count >= STORIES / 50, "seed {seed}: too few verdicts are `{word}`: {given:?}");
    }
}

#[test]
fn every_worse_judge_is_found_out() {
    let seed = seed();
    for (name, judge) in judges::WORSE {
        let (mistakes, given) = run(seed, STORIES, judge);
        assert!(!mistakes.is_empty(), "seed {seed}: the judge {name} made no mistake: {given:?}");
    }
}

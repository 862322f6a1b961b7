//! Releases that somebody or something else ends: people, AWS's refusals, lost answers, signals and deadlines.

use crate::row::{Ending, ending, release};

/// Somebody does this to the service, so long after our deployment began.
fn somebody(call: &str, after: &str, with: &str) -> String {
    format!(
        "[[meanwhile]]\naccount = \"prod\"\nafter = \"{after}\"\ncall = \"ecs:{call}\"\n\
         with = {{ cluster = \"prod\", service = \"web\", {with} }}\n"
    )
}

fn fault(on: &str, skip: u32, then: &str) -> String {
    format!("[[faults]]\non = \"ecs:{on}\"\nskip = {skip}\nalways = true\nthen = \"{then}\"\n")
}

fn on_interrupt(policy: &str) -> String {
    release(&format!(", on_interrupt: \"{policy}\""), "\"drained\"")
}

/// All of them.
pub fn endings() -> Vec<Ending> {
    let current = "serviceDeploymentArn = \"${current}\"";
    vec![
        ending("stopped-by-somebody-with-rollback")
            .world([&somebody("StopServiceDeployment", "5s", &format!("{current}, stopType = \"ROLLBACK\""))])
            .exits(1, "Stopped")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:8 ROLLBACK_SUCCESSFUL"),
        ending("stopped-by-somebody-where-it-stood")
            .world([&somebody("StopServiceDeployment", "5s", &format!("{current}, stopType = \"ABORT\""))])
            .exits(1, "Stopped")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("superseded")
            .world([&somebody("UpdateService", "15s", "taskDefinition = \"web:6\"")])
            .exits(1, "Superseded")
            .leaves("PRIMARY web:6 0/2 IN_PROGRESS; ACTIVE web:8 0/0 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:6 IN_PROGRESS"),
        ending("superseded-by-a-refresh")
            .world([&somebody("UpdateService", "15s", "forceNewDeployment = true")])
            .exits(1, "Superseded")
            .leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:8 0/0 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("put-back-by-somebody")
            .world([&somebody("UpdateService", "15s", "taskDefinition = \"web:7\"")])
            .exits(1, "Superseded")
            .leaves("PRIMARY web:7 0/2 IN_PROGRESS; ACTIVE web:8 0/0 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:7 IN_PROGRESS"),
        ending("scaled-by-somebody-meanwhile").world([&somebody("UpdateService", "5s", "desiredCount = 4")]).leaves("PRIMARY web:8 4/4 COMPLETED; last web:8 SUCCESSFUL; desired 4"),
        ending("service-deleted-meanwhile")
            .script("web.deploy(#{ images: #{ app: next } }).wait(\"drained\");")
            .world([&somebody("DeleteService", "5s", "force = true")])
            .exits(1, "ServiceMissing")
            .leaves("service ; desired null; tags null"),
        ending("image-missing")
            .script("web.deploy(#{ images: #{ app: \"222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:9\" } });")
            .exits(3, "ImageMissing")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("permission-to-look-missing")
            .script("web.deploy(#{ images: #{ app: next } });")
            .world([&fault("DescribeServices", 0, "access_denied")])
            .exits(3, "AccessDeniedException")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("permission-to-register-missing")
            .script("web.deploy(#{ images: #{ app: next } });")
            .world([&fault("RegisterTaskDefinition", 0, "access_denied")])
            .exits(3, "AccessDeniedException")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("permission-to-update-missing")
            .world([&fault("UpdateService", 0, "access_denied")])
            .exits(1, "AccessDeniedException")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("throttled-from-the-start")
            .script("web.deploy(#{ images: #{ app: next } });")
            .world([&fault("*", 0, "throttle")])
            .exits(3, "ThrottlingException")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("throttled-throughout-the-wait")
            .world([
                &fault("DescribeServices", 1, "throttle"),
                &fault("ListServiceDeployments", 0, "throttle"),
                &fault("DescribeServiceDeployments", 0, "throttle"),
            ])
            .exits(1, "ThrottlingException")
            .leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("answer-lost-for-good")
            .world([&fault("UpdateService", 0, "lost_after"), &fault("DescribeServices", 1, "access_denied")])
            .exits(1, "Unreachable")
            .leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 PENDING"),
        ending("interrupted").head("interrupt = \"8s\"").exits(4, "Interrupted").leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("interrupted-and-taken-back")
            .script(on_interrupt("rollback"))
            .head("interrupt = \"8s\"")
            .exits(4, "Interrupted")
            .leaves("PRIMARY web:7 0/2 IN_PROGRESS; ACTIVE web:8 0/0 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 ROLLBACK_REQUESTED"),
        ending("interrupted-and-stopped")
            .script(on_interrupt("stop"))
            .head("interrupt = \"8s\"")
            .exits(4, "Interrupted")
            .leaves("PRIMARY web:8 0/2 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 STOP_REQUESTED"),
        ending("past-its-deadline").flags(["--deadline", "20s"]).exits(4, "DeadlinePassed").leaves("PRIMARY web:8 2/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("past-its-deadline-and-taken-back")
            .script(on_interrupt("rollback"))
            .flags(["--deadline", "20s"])
            .exits(4, "DeadlinePassed")
            .leaves("PRIMARY web:7 0/2 IN_PROGRESS; ACTIVE web:8 0/0 FAILED; ACTIVE web:7 2/2 COMPLETED; last web:8 ROLLBACK_REQUESTED"),
        ending("done-before-its-deadline").flags(["--deadline", "1h"]).leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("scaling-cannot-be-put-back")
            .world(["[[faults]]\non = \"application-autoscaling:RegisterScalableTarget\"\nskip = 1\nalways = true\nthen = \"access_denied\""])
            .exits(1, "AccessDeniedException")
            .leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL; SCALING SUSPENDED"),
        ending("script-fails-before-it-writes").script("throw \"no\";").exits(2, "Script").leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("script-fails-after-it-wrote")
            .script("web.deploy(#{ images: #{ app: next } }); throw \"no\";")
            .exits(1, "Script")
            .leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 PENDING"),
    ]
}

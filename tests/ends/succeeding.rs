//! Releases that end well, and claim no more than they waited for.

use crate::row::{Ending, ending, release};

/// All of them.
pub fn endings() -> Vec<Ending> {
    vec![
        ending("done-nothing-waited-for").script(release("", "\"none\"")).leaves("PRIMARY web:8 0/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 PENDING"),
        ending("done-traffic").script(release("", "\"traffic\"")).leaves("PRIMARY web:8 2/2 IN_PROGRESS; ACTIVE web:7 2/2 COMPLETED; last web:8 IN_PROGRESS"),
        ending("done-deployed").script(release("", "\"deployed\"")).leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-drained").leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-although-descriptions-lag").world(["lag = \"8s\"\nblank = \"5s\""]).leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-without-records-of-deployments").head("service_deployments = \"denied\"").leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-although-throttled-now-and-then")
            .world(["[[faults]]\non = \"ecs:*\"\nskip = 3\ntimes = 4\nthen = \"throttle\""])
            .leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-although-an-answer-was-lost")
            .world(["[[faults]]\non = \"ecs:UpdateService\"\nthen = \"lost_after\""])
            .leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("nothing-to-deploy")
            .script("web.deploy(#{ images: #{ app: \"222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:7\" }, keep_tags: true }).wait(\"drained\");")
            .leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("done-refresh").script("web.refresh().wait(\"drained\");").leaves("PRIMARY web:7 2/2 COMPLETED; last web:7 SUCCESSFUL"),
        ending("done-blue-green")
            .world([r#"deployment_configuration = { strategy = "BLUE_GREEN", bakeTimeInMinutes = 5 }"#])
            .leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-canary")
            .world([r#"deployment_configuration = { strategy = "CANARY", canaryConfiguration = { canaryPercent = 10.0, canaryBakeTimeInMinutes = 2 } }"#])
            .leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
        ending("done-code-deploy").world(["controller = \"CODE_DEPLOY\""]).leaves("PRIMARY web:8 2/2; last web:7 SUCCESSFUL"),
        ending("done-with-tasks-that-drain-slowly").world(["protected = \"6m\""]).leaves("PRIMARY web:8 2/2 COMPLETED; last web:8 SUCCESSFUL"),
    ]
}

//! The members that `UpdateService` knows, from the API's model.

use super::definitions::Shape::{self, Flag, Integer, List, Number, Structure, Text};

const TEXTS: Shape = List(&Text);

/// The request of `UpdateService`.
pub const UPDATE_SERVICE: Shape = Structure(&[
    ("cluster", Text),
    ("service", Text),
    ("desiredCount", Integer),
    ("taskDefinition", Text),
    (
        "capacityProviderStrategy",
        List(&Structure(&[("capacityProvider", Text), ("weight", Integer), ("base", Integer)])),
    ),
    ("deploymentConfiguration", DEPLOYMENT_CONFIGURATION),
    ("availabilityZoneRebalancing", Text),
    (
        "networkConfiguration",
        Structure(&[(
            "awsvpcConfiguration",
            Structure(&[("subnets", TEXTS), ("securityGroups", TEXTS), ("assignPublicIp", Text)]),
        )]),
    ),
    ("placementConstraints", List(&Structure(&[("type", Text), ("expression", Text)]))),
    ("placementStrategy", List(&Structure(&[("type", Text), ("field", Text)]))),
    ("platformVersion", Text),
    ("forceNewDeployment", Flag),
    ("healthCheckGracePeriodSeconds", Integer),
    ("enableExecuteCommand", Flag),
    ("enableECSManagedTags", Flag),
    (
        "loadBalancers",
        List(&Structure(&[
            ("targetGroupArn", Text),
            ("loadBalancerName", Text),
            ("containerName", Text),
            ("containerPort", Integer),
        ])),
    ),
    ("propagateTags", Text),
    (
        "serviceRegistries",
        List(&Structure(&[
            ("registryArn", Text),
            ("port", Integer),
            ("containerName", Text),
            ("containerPort", Integer),
        ])),
    ),
]);

const DEPLOYMENT_CONFIGURATION: Shape = Structure(&[
    ("deploymentCircuitBreaker", Structure(&[("enable", Flag), ("rollback", Flag)])),
    ("maximumPercent", Integer),
    ("minimumHealthyPercent", Integer),
    ("alarms", Structure(&[("alarmNames", TEXTS), ("rollback", Flag), ("enable", Flag)])),
    ("strategy", Text),
    ("bakeTimeInMinutes", Integer),
    ("canaryConfiguration", Structure(&[("canaryPercent", Number), ("canaryBakeTimeInMinutes", Integer)])),
    ("linearConfiguration", Structure(&[("stepPercent", Number), ("stepBakeTimeInMinutes", Integer)])),
]);

//! The members that `CreateService` and `UpdateService` know, from the API's model.

use super::definitions::Shape::{self, Any, Flag, Integer, List, Number, Structure, Text};

const TEXTS: Shape = List(&Text);

/// The request of `CreateService`.
pub const CREATE_SERVICE: Shape = Structure(&[
    ("cluster", Text),
    ("serviceName", Text),
    ("taskDefinition", Text),
    ("availabilityZoneRebalancing", Text),
    ("loadBalancers", LOAD_BALANCERS),
    ("serviceRegistries", SERVICE_REGISTRIES),
    ("desiredCount", Integer),
    ("clientToken", Text),
    ("launchType", Text),
    ("capacityProviderStrategy", CAPACITY),
    ("platformVersion", Text),
    ("role", Text),
    ("deploymentConfiguration", DEPLOYMENT_CONFIGURATION),
    ("placementConstraints", PLACEMENT_CONSTRAINTS),
    ("placementStrategy", PLACEMENT_STRATEGY),
    ("networkConfiguration", NETWORK),
    ("healthCheckGracePeriodSeconds", Integer),
    ("schedulingStrategy", Text),
    ("deploymentController", CONTROLLER),
    ("tags", List(&Structure(&[("key", Text), ("value", Text)]))),
    ("enableECSManagedTags", Flag),
    ("propagateTags", Text),
    ("enableExecuteCommand", Flag),
    ("serviceConnectConfiguration", Any),
    ("volumeConfigurations", List(&Any)),
    ("vpcLatticeConfigurations", List(&Any)),
    ("monitoring", Any),
]);

/// The request of `UpdateService`. There is no member `tags` in it.
pub const UPDATE_SERVICE: Shape = Structure(&[
    ("cluster", Text),
    ("service", Text),
    ("desiredCount", Integer),
    ("taskDefinition", Text),
    ("capacityProviderStrategy", CAPACITY),
    ("deploymentConfiguration", DEPLOYMENT_CONFIGURATION),
    ("availabilityZoneRebalancing", Text),
    ("networkConfiguration", NETWORK),
    ("placementConstraints", PLACEMENT_CONSTRAINTS),
    ("placementStrategy", PLACEMENT_STRATEGY),
    ("platformVersion", Text),
    ("forceNewDeployment", Flag),
    ("healthCheckGracePeriodSeconds", Integer),
    ("deploymentController", CONTROLLER),
    ("enableExecuteCommand", Flag),
    ("enableECSManagedTags", Flag),
    ("loadBalancers", LOAD_BALANCERS),
    ("propagateTags", Text),
    ("serviceRegistries", SERVICE_REGISTRIES),
    ("serviceConnectConfiguration", Any),
    ("volumeConfigurations", List(&Any)),
    ("vpcLatticeConfigurations", List(&Any)),
    ("monitoring", Any),
]);

const CAPACITY: Shape = List(&Structure(&[("capacityProvider", Text), ("weight", Integer), ("base", Integer)]));

const NETWORK: Shape = Structure(&[(
    "awsvpcConfiguration",
    Structure(&[("subnets", TEXTS), ("securityGroups", TEXTS), ("assignPublicIp", Text)]),
)]);

const PLACEMENT_CONSTRAINTS: Shape = List(&Structure(&[("type", Text), ("expression", Text)]));

const PLACEMENT_STRATEGY: Shape = List(&Structure(&[("type", Text), ("field", Text)]));

const CONTROLLER: Shape = Structure(&[("type", Text)]);

const LOAD_BALANCERS: Shape = List(&Structure(&[
    ("targetGroupArn", Text),
    ("loadBalancerName", Text),
    ("containerName", Text),
    ("containerPort", Integer),
    (
        "advancedConfiguration",
        Structure(&[
            ("alternateTargetGroupArn", Text),
            ("productionListenerRule", Text),
            ("testListenerRule", Text),
            ("roleArn", Text),
        ]),
    ),
]));

const SERVICE_REGISTRIES: Shape =
    List(&Structure(&[("registryArn", Text), ("port", Integer), ("containerName", Text), ("containerPort", Integer)]));

const DEPLOYMENT_CONFIGURATION: Shape = Structure(&[
    (
        "deploymentCircuitBreaker",
        Structure(&[
            ("enable", Flag),
            ("rollback", Flag),
            ("resetOnHealthyTask", Flag),
            ("thresholdConfiguration", Structure(&[("type", Text), ("value", Integer)])),
        ]),
    ),
    ("maximumPercent", Integer),
    ("minimumHealthyPercent", Integer),
    ("alarms", Structure(&[("alarmNames", TEXTS), ("rollback", Flag), ("enable", Flag)])),
    ("strategy", Text),
    ("bakeTimeInMinutes", Integer),
    (
        "lifecycleHooks",
        List(&Structure(&[
            ("targetType", Text),
            ("hookTargetArn", Text),
            ("roleArn", Text),
            ("lifecycleStages", TEXTS),
            ("hookDetails", Any),
            ("timeoutConfiguration", Structure(&[("timeoutInMinutes", Integer), ("action", Text)])),
        ])),
    ),
    ("canaryConfiguration", Structure(&[("canaryPercent", Number), ("canaryBakeTimeInMinutes", Integer)])),
    ("linearConfiguration", Structure(&[("stepPercent", Number), ("stepBakeTimeInMinutes", Integer)])),
    (
        "earlySuccessCriteria",
        Structure(&[("enable", Flag), ("healthyPercent", Integer), ("sourceServiceRevisionCleanup", Text)]),
    ),
]);

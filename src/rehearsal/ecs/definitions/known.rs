//! The members that `RegisterTaskDefinition` knows, from the API's model. Whatever is not here is
//! ignored, which is what makes a typo dangerous.

use super::shape::Shape::{self, Flag, Integer, List, Map, Structure, Text};

const TEXTS: Shape = List(&Text);
const NAME_VALUE: Shape = Structure(&[("name", Text), ("value", Text)]);
const SECRET: Shape = Structure(&[("name", Text), ("valueFrom", Text)]);

/// The request of `RegisterTaskDefinition`.
pub const REGISTER_TASK_DEFINITION: Shape = Structure(&[
    ("family", Text),
    ("taskRoleArn", Text),
    ("executionRoleArn", Text),
    ("networkMode", Text),
    ("containerDefinitions", List(&CONTAINER)),
    ("volumes", List(&VOLUME)),
    ("placementConstraints", List(&Structure(&[("type", Text), ("expression", Text)]))),
    ("requiresCompatibilities", TEXTS),
    ("cpu", Text),
    ("memory", Text),
    ("tags", List(&TAG)),
    ("pidMode", Text),
    ("ipcMode", Text),
    ("proxyConfiguration", Structure(&[("type", Text), ("containerName", Text), ("properties", List(&NAME_VALUE))])),
    ("inferenceAccelerators", List(&Structure(&[("deviceName", Text), ("deviceType", Text)]))),
    ("ephemeralStorage", Structure(&[("sizeInGiB", Integer)])),
    ("runtimePlatform", Structure(&[("cpuArchitecture", Text), ("operatingSystemFamily", Text)])),
    ("enableFaultInjection", Flag),
]);

/// A tag of any resource.
pub const TAG: Shape = Structure(&[("key", Text), ("value", Text)]);

const CONTAINER: Shape = Structure(&[
    ("name", Text),
    ("image", Text),
    ("repositoryCredentials", Structure(&[("credentialsParameter", Text)])),
    ("cpu", Integer),
    ("memory", Integer),
    ("memoryReservation", Integer),
    ("links", TEXTS),
    ("portMappings", List(&PORT_MAPPING)),
    ("essential", Flag),
    ("restartPolicy", RESTART_POLICY),
    ("entryPoint", TEXTS),
    ("command", TEXTS),
    ("environment", List(&NAME_VALUE)),
    ("environmentFiles", List(&Structure(&[("value", Text), ("type", Text)]))),
    ("mountPoints", List(&MOUNT_POINT)),
    ("volumesFrom", List(&Structure(&[("sourceContainer", Text), ("readOnly", Flag)]))),
    ("linuxParameters", LINUX_PARAMETERS),
    ("secrets", List(&SECRET)),
    ("dependsOn", List(&Structure(&[("containerName", Text), ("condition", Text)]))),
    ("startTimeout", Integer),
    ("stopTimeout", Integer),
    ("versionConsistency", Text),
    ("hostname", Text),
    ("user", Text),
    ("workingDirectory", Text),
    ("disableNetworking", Flag),
    ("privileged", Flag),
    ("readonlyRootFilesystem", Flag),
    ("dnsServers", TEXTS),
    ("dnsSearchDomains", TEXTS),
    ("extraHosts", List(&Structure(&[("hostname", Text), ("ipAddress", Text)]))),
    ("dockerSecurityOptions", TEXTS),
    ("interactive", Flag),
    ("pseudoTerminal", Flag),
    ("dockerLabels", Map),
    ("ulimits", List(&ULIMIT)),
    ("logConfiguration", LOG_CONFIGURATION),
    ("healthCheck", HEALTH_CHECK),
    ("systemControls", List(&Structure(&[("namespace", Text), ("value", Text)]))),
    ("resourceRequirements", List(&Structure(&[("value", Text), ("type", Text)]))),
    ("firelensConfiguration", Structure(&[("type", Text), ("options", Map)])),
    ("credentialSpecs", TEXTS),
]);

const PORT_MAPPING: Shape = Structure(&[
    ("containerPort", Integer),
    ("hostPort", Integer),
    ("protocol", Text),
    ("name", Text),
    ("appProtocol", Text),
    ("containerPortRange", Text),
]);

const RESTART_POLICY: Shape =
    Structure(&[("enabled", Flag), ("ignoredExitCodes", List(&Integer)), ("restartAttemptPeriod", Integer)]);

const MOUNT_POINT: Shape = Structure(&[("sourceVolume", Text), ("containerPath", Text), ("readOnly", Flag)]);

const ULIMIT: Shape = Structure(&[("name", Text), ("softLimit", Integer), ("hardLimit", Integer)]);

const LOG_CONFIGURATION: Shape = Structure(&[("logDriver", Text), ("options", Map), ("secretOptions", List(&SECRET))]);

const HEALTH_CHECK: Shape = Structure(&[
    ("command", TEXTS),
    ("interval", Integer),
    ("timeout", Integer),
    ("retries", Integer),
    ("startPeriod", Integer),
]);

const LINUX_PARAMETERS: Shape = Structure(&[
    ("capabilities", Structure(&[("add", TEXTS), ("drop", TEXTS)])),
    ("devices", List(&Structure(&[("hostPath", Text), ("containerPath", Text), ("permissions", TEXTS)]))),
    ("initProcessEnabled", Flag),
    ("sharedMemorySize", Integer),
    ("tmpfs", List(&Structure(&[("containerPath", Text), ("size", Integer), ("mountOptions", TEXTS)]))),
    ("maxSwap", Integer),
    ("swappiness", Integer),
]);

const VOLUME: Shape = Structure(&[
    ("name", Text),
    ("host", Structure(&[("sourcePath", Text)])),
    (
        "dockerVolumeConfiguration",
        Structure(&[("scope", Text), ("autoprovision", Flag), ("driver", Text), ("driverOpts", Map), ("labels", Map)]),
    ),
    (
        "efsVolumeConfiguration",
        Structure(&[
            ("fileSystemId", Text),
            ("rootDirectory", Text),
            ("transitEncryption", Text),
            ("transitEncryptionPort", Integer),
            ("authorizationConfig", Structure(&[("accessPointId", Text), ("iam", Text)])),
        ]),
    ),
    (
        "fsxWindowsFileServerVolumeConfiguration",
        Structure(&[
            ("fileSystemId", Text),
            ("rootDirectory", Text),
            ("authorizationConfig", Structure(&[("credentialsParameter", Text), ("domain", Text)])),
        ]),
    ),
    ("configuredAtLaunch", Flag),
]);

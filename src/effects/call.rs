//! Every read and write of the outside world that there is, as a value.

use crate::domain::image_facts::{LayerEdit, Located};
use crate::domain::rollout::{Policy, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A read or a write of the outside world. `session` is a name of gantry.toml, or `default`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// The clock. Reply: `Instant`.
    Now,
    /// A pause of the script. Reply: `Nothing`.
    Pause {
        /// How long.
        millis: u64,
    },
    /// A pause until an instant, by the world's own clock. Reply: `Nothing`.
    WaitUntil {
        /// Milliseconds since 1970, UTC. Absolute, so that a resumed run waits for the same instant.
        at_millis: i64,
        /// The instant as people say it where the script's team lives: `2026-11-21 02:00 Asia/Tokyo`.
        told: String,
    },
    /// A person's approval. Reply: `Approval`.
    Approve {
        /// What is to be approved.
        question: String,
    },
    /// An environment variable. Reply: `Text`, null where it is not set.
    Environment {
        /// Its name.
        name: String,
    },
    /// The paths, modes and digests of a folder or a file of the project. Reply: `Tree`.
    ScanFiles {
        /// Relative to the project's root.
        path: String,
        /// Whether a folder is meant, or a file.
        folder: bool,
    },
    /// The text of a file of the project. Reply: `Text`.
    ReadText {
        /// Relative to the project's root.
        path: String,
    },
    /// Holds a service for this run, against other releases of it from this project. Reply: `Nothing`.
    Hold {
        /// Account, Region, cluster and service in one name.
        place: String,
        /// The run.
        by: String,
        /// Whether to wait for another run that holds it, instead of refusing.
        wait: bool,
    },
    /// Who a session is: STS `GetCallerIdentity`. Reply: `Identity`.
    Identify {
        /// The session.
        session: String,
    },
    /// ECS `DescribeServices` with tags, at most 10. Reply: `Document`, AWS's answer.
    DescribeServices {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Names or ARNs.
        services: Vec<String>,
    },
    /// ECS `DescribeTaskDefinition` with tags. Reply: `Document`, AWS's answer.
    DescribeTaskDefinition {
        /// The session.
        session: String,
        /// `family`, `family:revision` or an ARN.
        task_definition: String,
    },
    /// ECS `ListTasks` of a service, all pages. Reply: `Document`, `{"taskArns": […]}`.
    ListTasks {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
        /// `RUNNING` or `STOPPED`: what ECS wants of the tasks, not what they do.
        desired_status: String,
    },
    /// ECS `DescribeTasks`, in hundreds. Reply: `Document`, `{"tasks": […], "failures": […]}`.
    DescribeTasks {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// ARNs.
        tasks: Vec<String>,
    },
    /// ECS `RegisterTaskDefinition`. Writes. Reply: `Document`, AWS's answer, checked for an echo of every member.
    RegisterTaskDefinition {
        /// The session.
        session: String,
        /// The request, tags included.
        document: Value,
    },
    /// ECS `UpdateService`. Writes. Reply: `Document`, AWS's answer, checked like that of a registration.
    UpdateService {
        /// The session.
        session: String,
        /// The request: `cluster`, `service` and what changes.
        document: Value,
        /// The PRIMARY deployment's id before, by which a write in doubt is told from somebody else's.
        before: Option<String>,
    },
    /// Looks at a rollout until it is where it was wanted, has failed or time has run out. Reply: `Rollout`.
    WatchRollout {
        /// The session.
        session: String,
        /// Name or ARN.
        cluster: String,
        /// Name.
        service: String,
        /// Our deployment, and how far to wait.
        target: Target,
        /// When a crash loop is a failure.
        policy: Policy,
        /// How long to wait at the most.
        timeout_millis: u64,
    },
    /// ECR `DescribeRepositories` for one name. Reply: `Document`, the repository.
    DescribeRepository {
        /// The session.
        session: String,
        /// Its name, without the registry.
        name: String,
    },
    /// ECR `CreateRepository`. Writes. Reply: `Document`, the repository.
    CreateRepository {
        /// The session.
        session: String,
        /// The request, `repositoryName` included.
        document: Value,
    },
    /// ECR `DescribeImages`, all pages. Reply: `Document`, `{"imageDetails": […]}`.
    DescribeImages {
        /// The session.
        session: String,
        /// The repository's name.
        repository: String,
        /// Only these (`{"imageTag": …}` or `{"imageDigest": …}`); all where empty.
        images: Vec<Value>,
    },
    /// Manifest and config of an image. Reply: `Image`, null where the registry says that there is none.
    ReadImage {
        /// The image.
        at: Located,
    },
    /// Copies one image. Writes. Reply: `Pushed`.
    CopyImage {
        /// The source, by digest: what was looked at is what is copied.
        from: Located,
        /// The target, by tag.
        to: Located,
        /// Whether the tag may be taken from another digest; else that is refused before anything is written.
        replace: bool,
    },
    /// Appends a layer to an image, in the target's registry. Writes. Reply: `Pushed`.
    RebuildImage {
        /// The base, by digest.
        from: Located,
        /// The target, by tag.
        to: Located,
        /// What becomes of it.
        edit: LayerEdit,
        /// As in `CopyImage`.
        replace: bool,
    },
}

impl Call {
    /// Whether it changes anything outside: such a call is journaled on disk before it is made.
    pub fn writes(&self) -> bool {
        match self {
            Self::RegisterTaskDefinition { .. }
            | Self::UpdateService { .. }
            | Self::CreateRepository { .. }
            | Self::CopyImage { .. }
            | Self::RebuildImage { .. } => true,
            Self::Now
            | Self::Pause { .. }
            | Self::WaitUntil { .. }
            | Self::Approve { .. }
            | Self::Environment { .. }
            | Self::ScanFiles { .. }
            | Self::ReadText { .. }
            | Self::Hold { .. }
            | Self::Identify { .. }
            | Self::DescribeServices { .. }
            | Self::DescribeTaskDefinition { .. }
            | Self::ListTasks { .. }
            | Self::DescribeTasks { .. }
            | Self::WatchRollout { .. }
            | Self::DescribeRepository { .. }
            | Self::DescribeImages { .. }
            | Self::ReadImage { .. } => false,
        }
    }

    /// Whether its beginning is on disk before it is made: of a write, so that it can be looked for, and of what may
    /// outlast this process, so that there is a run to go on with.
    pub fn is_kept_first(&self) -> bool {
        self.writes() || matches!(self, Self::WaitUntil { .. } | Self::Approve { .. })
    }

    /// Whether a resumed run takes its recorded reply. What a run must hold or be at this moment is asked again.
    pub fn replays(&self) -> bool {
        !matches!(self, Self::Identify { .. } | Self::Hold { .. })
    }

    /// Whether it is long by its nature, and tells of its progress itself.
    pub fn takes_its_time(&self) -> bool {
        matches!(
            self,
            Self::Pause { .. }
                | Self::WaitUntil { .. }
                | Self::Approve { .. }
                | Self::Hold { .. }
                | Self::WatchRollout { .. }
                | Self::ScanFiles { .. }
                | Self::CopyImage { .. }
                | Self::RebuildImage { .. }
        )
    }

    /// Whether it may be cut when the run is told to stop. A write of one request is given time to answer; an image is
    /// content-addressed, so that a copy can be cut anywhere.
    pub fn can_be_cut(&self) -> bool {
        !self.writes() || matches!(self, Self::CopyImage { .. } | Self::RebuildImage { .. })
    }

    /// The sessions it needs, whose accounts are checked before it is made.
    pub fn sessions(&self) -> Vec<&str> {
        match self {
            Self::Now
            | Self::Pause { .. }
            | Self::WaitUntil { .. }
            | Self::Approve { .. }
            | Self::Environment { .. }
            | Self::ScanFiles { .. }
            | Self::ReadText { .. }
            | Self::Hold { .. }
            | Self::Identify { .. } => Vec::new(),
            Self::DescribeServices { session, .. }
            | Self::DescribeTaskDefinition { session, .. }
            | Self::ListTasks { session, .. }
            | Self::DescribeTasks { session, .. }
            | Self::RegisterTaskDefinition { session, .. }
            | Self::UpdateService { session, .. }
            | Self::WatchRollout { session, .. }
            | Self::DescribeRepository { session, .. }
            | Self::CreateRepository { session, .. }
            | Self::DescribeImages { session, .. } => vec![session],
            Self::ReadImage { at } => at.session.iter().map(String::as_str).collect(),
            Self::CopyImage { from, to, .. } | Self::RebuildImage { from, to, .. } => {
                from.session.iter().chain(&to.session).map(String::as_str).collect()
            }
        }
    }
}

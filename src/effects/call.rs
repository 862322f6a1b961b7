//! Every read and write of the outside world that there is, as a value: by noun, a file each.

mod code_deploy;
mod ecr;
mod ecs;
mod host;
mod image;
mod scaling;
mod secret;
mod task;

pub use code_deploy::CodeDeployCall;
pub use ecr::EcrCall;
pub use ecs::EcsCall;
pub use host::HostCall;
pub use image::{BoundFor, ImageCall};
pub use scaling::ScalingCall;
pub use secret::SecretCall;
pub use task::TaskCall;

use serde::{Deserialize, Serialize};

/// A read or a write of the outside world. `session` is a name of gantry.toml, or `default`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Call {
    /// The machine, the clock, the project, and who a session is.
    Host(HostCall),
    /// Amazon ECS.
    Ecs(EcsCall),
    /// AWS `CodeDeploy`.
    CodeDeploy(CodeDeployCall),
    /// Amazon ECR's own API.
    Ecr(EcrCall),
    /// Images, in whatever registry.
    Image(ImageCall),
    /// Application Auto Scaling.
    Scaling(ScalingCall),
    /// Secrets, wherever they are kept.
    Secret(SecretCall),
    /// Tasks by themselves.
    Task(TaskCall),
}

/// What making a call means for the world and for who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing, and is quick.
    Read,
    /// Changes nothing, is long by its nature, and tells of its progress itself.
    Watch,
    /// Changes something by one request, which is given time to answer when the run is told to stop.
    Write,
    /// Moves an image: content-addressed, so that it can be cut anywhere and done again; long.
    Push,
    /// Executes something for as long as this process is connected to it: what it has changed when it is cut nobody can tell.
    Command,
}

impl Call {
    /// What making it means.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Host(call) => call.effect(),
            Self::Ecs(call) => call.effect(),
            Self::CodeDeploy(call) => call.effect(),
            Self::Ecr(call) => call.effect(),
            Self::Image(call) => call.effect(),
            Self::Scaling(call) => call.effect(),
            Self::Secret(call) => call.effect(),
            Self::Task(call) => call.effect(),
        }
    }

    /// Whether it changes anything outside: such a call is journaled on disk before it is made.
    pub fn writes(&self) -> bool {
        matches!(self.effect(), Effect::Write | Effect::Push | Effect::Command)
    }

    /// Whether its beginning is on disk before it is made: of a write, so that it can be looked for, and of what may
    /// outlast this process, so that there is a run to go on with.
    pub fn is_kept_first(&self) -> bool {
        self.writes() || matches!(self, Self::Host(HostCall::WaitUntil { .. } | HostCall::Approve { .. }))
    }

    /// Whether the digest at its target tells that it happened: its answer may then come to the disk with what follows it.
    pub fn is_told_by_its_digest(&self) -> bool {
        use ImageCall::{CopyImage, RebuildImage, RetagImage};
        matches!(self, Self::Image(CopyImage { .. } | RebuildImage { .. } | RetagImage { .. }))
    }

    /// Whether a resumed run takes its recorded reply. What a run must hold or be at this moment is asked again.
    pub fn replays(&self) -> bool {
        !matches!(self, Self::Host(HostCall::Identify { .. } | HostCall::Hold { .. }))
    }

    /// Whether it is long by its nature, and tells of its progress itself.
    pub fn takes_its_time(&self) -> bool {
        matches!(self.effect(), Effect::Watch | Effect::Push | Effect::Command)
    }

    /// Whether it may be cut when the run is told to stop. A write of one request is given time to answer.
    pub fn can_be_cut(&self) -> bool {
        self.effect() != Effect::Write
    }

    /// The call that undoes it, where that is owed: however the run ends, it is made. The record that a call was begun
    /// is so the declaration of its cleanup, and outlives the process.
    pub fn undone_by(&self) -> Option<Self> {
        match self {
            Self::Scaling(call) => call.undone_by().map(Self::Scaling),
            Self::Host(_)
            | Self::Ecs(_)
            | Self::CodeDeploy(_)
            | Self::Ecr(_)
            | Self::Image(_)
            | Self::Secret(_)
            | Self::Task(_) => None,
        }
    }

    /// The sessions it needs, whose accounts are checked before it is made.
    pub fn sessions(&self) -> Vec<&str> {
        match self {
            Self::Host(_) => Vec::new(),
            Self::Ecs(call) => vec![call.session()],
            Self::CodeDeploy(call) => vec![call.session()],
            Self::Ecr(call) => vec![call.session()],
            Self::Image(call) => call.sessions(),
            Self::Scaling(call) => vec![call.session()],
            Self::Secret(call) => call.session().into_iter().collect(),
            Self::Task(call) => vec![call.session()],
        }
    }
}

macro_rules! is_a_call {
    ($($noun:ident($calls:ident)),*) => {$(
        impl From<$calls> for Call {
            fn from(call: $calls) -> Self {
                Self::$noun(call)
            }
        }
    )*};
}

is_a_call!(
    Host(HostCall),
    Ecs(EcsCall),
    Ecr(EcrCall),
    Image(ImageCall),
    Secret(SecretCall),
    Scaling(ScalingCall),
    CodeDeploy(CodeDeployCall),
    Task(TaskCall)
);

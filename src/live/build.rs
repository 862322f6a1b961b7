//! Building an image with whatever engine is there, which also pushes it.

mod command;

use super::host::private_folder::PrivateFolder;
use super::host::processes::{Ended, Manner, Program};
use super::host::surroundings::Surroundings;
use super::registry::Access;
use crate::domain::image_build::{Engine, ImageBuild};
use crate::domain::image_reference::Reference;
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use command::{Push, build_args, probe_args, push_args};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What is built, with its places on this machine.
pub struct Build<'a> {
    /// As the script says it.
    pub asked: &'a ImageBuild,
    /// The context.
    pub context: PathBuf,
    /// The Dockerfile.
    pub file: Option<PathBuf>,
    /// Where it goes.
    pub to: &'a Reference,
    /// The way to its registry.
    pub access: Access,
}

impl Build<'_> {
    /// Builds and pushes.
    ///
    /// # Errors
    /// Missing where there is no engine, Refused where it fails, with its last lines.
    pub async fn carry_out(&self, surroundings: &Surroundings, events: &Events) -> Result<(), Fault> {
        let engine = self.engine().await?;
        events.step(format!("{engine} builds `{}`", self.asked.context));
        let name = command::pushed_as(self.to, &self.access.endpoint);
        let args = build_args(engine, self.asked, &self.context, self.file.as_deref(), &name);
        self.run(engine, "build", args, Vec::new(), events).await?;

        let folder = self.login(surroundings).map_err(|why| {
            Fault::new(FaultKind::Refused, "NoPrivateFolder", format!("the login for {engine} cannot be kept: {why}"))
                .hint("check that the folder for temporary files can be written to")
        })?;
        let plain = self.access.endpoint.starts_with("http://");
        let file = folder.as_ref().map(|folder| folder.path().join(CONFIG));
        let args = push_args(engine, &Push { name: &name, plain, login: file.as_deref() });
        let docker = folder.as_ref().filter(|_| engine == Engine::Docker);
        let environment = docker.map(|folder| ("DOCKER_CONFIG", OsString::from(folder.path()))).into_iter().collect();
        self.run(engine, "push", args, environment, events).await
    }

    /// The engine that is asked for, or the first that answers.
    async fn engine(&self) -> Result<Engine, Fault> {
        let one = self.asked.engine.map(|engine| vec![engine]);
        let mut found = Vec::new();
        for engine in one.unwrap_or_else(|| Engine::ALL.to_vec()) {
            let program = Program { name: engine.program(), args: probe_args(engine), environment: Vec::new() };
            match program.run(Manner::Told, |_| ()).await {
                Ok(ended) if ended.success => return Ok(engine),
                Ok(Ended { tail, status, .. }) => {
                    found.push(format!("{engine} does not work: {}", tail.last().unwrap_or(&status)));
                }
                Err(why) if why.kind() == io::ErrorKind::NotFound => found.push(format!("{engine} is not on PATH")),
                Err(why) => found.push(format!("{engine} cannot be started: {why}")),
            }
        }
        let message = format!("there is no engine to build an image with: {}", found.join("; "));
        Err(Fault::new(FaultKind::Missing, "NoBuildEngine", message).hint(
            "install docker, podman or buildah, or start docker's daemon; where files and settings are all that changes, \
             image::rebuild needs none",
        ))
    }

    async fn run(
        &self,
        engine: Engine,
        verb: &str,
        args: Vec<String>,
        environment: Vec<(&'static str, OsString)>,
        events: &Events,
    ) -> Result<(), Fault> {
        let program = Program { name: engine.program(), args, environment };
        let told = program.run(Manner::Told, |line| events.log(Level::Info, format!("{engine}: {line}"))).await;
        let (status, tail) = match told {
            Ok(ended) if ended.success => return Ok(()),
            Ok(ended) => (ended.status, ended.tail),
            Err(why) => (why.to_string(), Vec::new()),
        };
        let (code, what) = match verb {
            "push" => ("PushFailed", format!("push {}", self.to.familiar())),
            _ => ("BuildFailed", format!("build `{}`", self.asked.context)),
        };
        Err(Fault::new(FaultKind::Refused, code, format!("{engine} could not {what}: {status}"))
            .hint(format!("what {engine} said last is below; the tag is not changed by a failed build"))
            .details(tail))
    }

    /// The login of the target's registry in a folder of its own, so that it is on no command line and in nobody's
    /// settings; none where the registry wants none, or where the engine's own settings know it.
    fn login(&self, surroundings: &Surroundings) -> io::Result<Option<PrivateFolder>> {
        let Some(login) = &self.access.login else { return Ok(None) };
        let folder = PrivateFolder::new()?;
        let host = command::registry(self.to, &self.access.endpoint);
        let mut config = json!({ "auths": { host: { "auth": login.pair().reveal() } } });
        // the daemon that docker talks to is chosen by settings that lie beside its logins
        if let Some(own) = own_settings(surroundings) {
            let text = super::host::files::machine_text(&own.join(CONFIG)).unwrap_or_default();
            let context = serde_json::from_str::<Value>(&text).ok().and_then(|own| own.get("currentContext").cloned());
            if let (Some(context), Some(config)) = (context, config.as_object_mut()) {
                config.insert("currentContext".to_owned(), context);
            }
            folder.link("contexts", &own.join("contexts"))?;
        }
        folder.file(CONFIG, config.to_string().as_bytes())?;
        Ok(Some(folder))
    }
}

const CONFIG: &str = "config.json";

fn own_settings(surroundings: &Surroundings) -> Option<PathBuf> {
    let chosen = surroundings.variable("DOCKER_CONFIG").map(PathBuf::from);
    chosen.or_else(|| surroundings.variable("HOME").map(|home| Path::new(&home).join(".docker")))
}

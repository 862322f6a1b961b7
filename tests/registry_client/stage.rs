//! What the stories have in common: two registries, the image `shop:1` in the first, and a client that knows both.

use crate::support::image::push_layout;
use crate::support::layout::Layout;
use crate::support::project::Project;
use crate::support::servers::{PASSWORDS, Server};
use gantry::domain::image_facts::Located;
use gantry::domain::image_reference::Reference;
use gantry::domain::secret::Secret;
use gantry::effects::event::{Event, Events, Level, Listener, Stage as Moved, Transfer};
use gantry::effects::fault::Fault;
use gantry::effects::world::Boxed;
use gantry::live::host::files::ProjectFiles;
use gantry::live::network::Network;
use gantry::live::registry::{Login, Logins, Place, Registries};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub const FIRST: (&str, &str) = ("alice", PASSWORDS[0].0);
pub const SECOND: (&str, &str) = ("bob", PASSWORDS[1].0);

/// Two registries, and the folder of the story.
pub struct Stage {
    pub first: Server,
    pub second: Server,
    pub project: Project,
}

impl Stage {
    /// With `shop:1` in the first registry: two layers, a test configuration, files to delete.
    pub fn set() -> Self {
        let first = Server::registry(FIRST.0, FIRST.1);
        let second = Server::registry(SECOND.0, SECOND.1);
        let project = Project::empty();
        let layout = project.root.join("seed");
        Layout::at(&layout)
            .layer(&[
                ("app/bin", 0o755, b"program"),
                ("app/config/app.env", 0o644, b"test"),
                ("tmp/cache/x", 0o644, b"x"),
            ])
            .layer(&[("app/debug", 0o644, b"debug"), ("app/config/old.env", 0o600, b"old")])
            .written(&["PATH=/bin", "MODE=test", "GONE=1"]);
        push_layout(&layout, &first, FIRST, "shop:1");
        Self { first, second, project }
    }

    /// A client that knows both logins.
    pub fn registries(&self) -> Registries {
        self.registries_for([(self.first.host(), FIRST), (self.second.host(), SECOND)])
    }

    /// A client that knows these logins.
    pub fn registries_for<const N: usize>(&self, logins: [(String, (&str, &str)); N]) -> Registries {
        let login = |(username, password): (&str, &str)| Login {
            username: username.to_owned(),
            password: Secret::new(password),
        };
        let known = logins.into_iter().map(|(host, who)| (host, login(who))).collect();
        Registries::new(Arc::new(Network::new()), Arc::new(Known(known)), Arc::new(self.files()))
    }

    /// The files of the story's folder.
    pub fn files(&self) -> ProjectFiles {
        ProjectFiles::below(&self.project.root)
    }

    /// An image in the first registry.
    pub fn in_first(&self, reference: &str) -> Located {
        located(&self.first, reference)
    }

    /// An image in the second registry.
    pub fn in_second(&self, reference: &str) -> Located {
        located(&self.second, reference)
    }
}

fn located(registry: &Server, reference: &str) -> Located {
    let image = Reference::parse(&format!("{}/{reference}", registry.host())).expect("a reference");
    Located { image, session: None }
}

/// Logins by host.
struct Known(HashMap<String, Login>);

impl Logins for Known {
    fn endpoint(&self, host: &str) -> Result<String, Fault> {
        Ok(format!("http://{host}"))
    }

    fn login<'a>(&'a self, place: Place<'a>, _: Option<&'a Login>) -> Boxed<'a, Result<Option<Login>, Fault>> {
        Box::pin(async move { Ok(self.0.get(place.host).cloned()) })
    }
}

/// Every movement that was told, and every warning.
#[derive(Default)]
pub struct Heard(Mutex<Vec<Transfer>>, Mutex<Vec<String>>);

impl Listener for Heard {
    fn hear(&self, event: &Event) {
        match event {
            Event::Transfer(transfer) => self.0.lock().expect("no test failed with it").push(transfer.clone()),
            Event::Log { level: Level::Warn, message } => {
                self.1.lock().expect("no test failed with it").push(message.clone());
            }
            _ => {}
        }
    }
}

impl Heard {
    pub fn new() -> (Arc<Self>, Events) {
        let heard = Arc::new(Self::default());
        (Arc::clone(&heard), Events::to(heard))
    }

    /// The warnings, in their order.
    pub fn warnings(&self) -> Vec<String> {
        self.1.lock().expect("no test failed with it").clone()
    }

    /// The stages of one blob, in their order.
    pub fn of(&self, digest: &str) -> Vec<Moved> {
        let all = self.0.lock().expect("no test failed with it");
        all.iter().filter(|one| one.digest.to_string() == digest).map(|one| one.stage).collect()
    }
}

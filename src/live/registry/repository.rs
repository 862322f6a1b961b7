//! One repository of one registry, and how requests about it are addressed.

use super::client::{Ask, Client, Target};
use super::errors::Doing;
use super::mount::Mount;
use super::shelf::Shelf;
use crate::domain::image_reference::{Local, Reference};
use crate::live::local::naming;
use bytes::Bytes;
use http::{HeaderMap, Method};
use std::sync::Arc;

/// A repository.
#[derive(Clone)]
pub(super) struct Repository {
    /// Its registry.
    pub client: Arc<Client>,
    /// Its path in the registry; of what is on this machine as one segment.
    pub name: String,
    /// What is foreseen in it, for predictions; none where it is asked and pushed to for real.
    shelf: Option<Arc<Shelf>>,
    /// Others of the same registry that may have its blobs.
    pub mounts: Arc<[Mount]>,
}

/// What a request does with its repository: the actions of a token's scope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Reads.
    Pull,
    /// Writes, and looks at what is there already.
    Push,
    /// Deletes.
    Delete,
}

impl Repository {
    /// The repository of an image in its registry.
    pub fn of(client: Arc<Client>, image: &Reference) -> Self {
        let name = if image.local().is_some() { naming::segment(image.path()) } else { image.path().to_owned() };
        Self { client, name, shelf: None, mounts: Arc::default() }
    }

    /// The same, with what is foreseen in it.
    #[must_use]
    pub fn foreseen(self, known: Arc<Shelf>) -> Self {
        Self { shelf: Some(known), ..self }
    }

    /// Whether both are the same repository.
    pub fn is(&self, other: &Self) -> bool {
        (self.client.host(), &self.name) == (other.client.host(), &other.name)
    }

    /// What is foreseen, and by what it is named there.
    pub fn shelf(&self) -> Option<(&Shelf, (&str, &str))> {
        self.shelf.as_deref().map(|shelf| (shelf, (self.client.host(), self.name.as_str())))
    }

    /// The scope of a token for this repository.
    pub fn scope(&self, right: Right) -> String {
        let actions = match right {
            Right::Pull => "pull",
            Right::Push => "pull,push",
            Right::Delete => "pull,delete",
        };
        format!("repository:{}:{actions}", self.name)
    }

    /// What is being done, for faults: `verb` and a noun of this repository.
    pub fn doing(&self, verb: &str, noun: &str) -> Doing {
        let (host, repository) = (self.client.host().to_owned(), self.name.clone());
        let what = match (Local::of(&host), naming::read(&repository)) {
            (Some(local), Some(path)) => format!("{verb} {noun} of the {} `{path}`", local.noun()),
            _ => format!("{verb} {noun} of repository `{repository}`"),
        };
        Doing { host, repository, what }
    }

    /// A request below `/v2/NAME/`.
    pub fn ask(&self, method: Method, path: &str, right: Right, doing: Doing) -> Ask {
        let target = Target::Path(format!("/v2/{}/{path}", self.name));
        Ask { target, ..self.ask_root(method, right, doing) }
    }

    /// A request for the root of the registry, with the rights in this repository: it needs none of them.
    pub fn ask_root(&self, method: Method, right: Right, doing: Doing) -> Ask {
        Ask {
            method,
            target: Target::Path("/v2/".to_owned()),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            scope: self.scope(right),
            doing,
        }
    }
}

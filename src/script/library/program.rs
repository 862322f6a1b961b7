//! A script with all that it imports, compiled.

use super::address::Address;
use rhai::{AST, Engine};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A script and its modules, ready to run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    /// The script.
    pub ast: AST,
    /// What errors and journals call the script: its path from the project's root.
    pub entry: String,
    /// The text of the script and of each module, by the name that errors and journals give it. This is what a
    /// journal's head pins.
    pub sources: Arc<BTreeMap<String, String>>,
    /// The modules, by name.
    pub modules: Arc<BTreeMap<String, AST>>,
    /// Which module the import of a text in a file means.
    pub links: Arc<BTreeMap<(String, String), Address>>,
    /// What compiled it.
    pub compiler: Compiler,
}

/// The engine that compiled a program: to make one takes longer than to load most scripts, so that the first run of the
/// program goes on with it.
#[derive(Clone)]
pub struct Compiler(Arc<Mutex<Option<Engine>>>);

impl Compiler {
    /// Of this engine, which has compiled and done nothing else.
    pub fn of(engine: Engine) -> Self {
        Self(Arc::new(Mutex::new(Some(engine))))
    }

    /// The engine, for the first who asks.
    pub fn take(&self) -> Option<Engine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Compiler")
    }
}

impl Program {
    /// The text of a file of this program; empty where it has none of that name.
    pub fn text(&self, file: &str) -> &str {
        self.sources.get(file).map_or("", String::as_str)
    }

    /// The script and its modules, the script first.
    pub fn files(&self) -> impl Iterator<Item = (&str, &AST)> {
        let modules = self.modules.iter().map(|(name, ast)| (name.as_str(), ast));
        std::iter::once((self.entry.as_str(), &self.ast)).chain(modules)
    }
}

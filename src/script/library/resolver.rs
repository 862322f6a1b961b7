//! Serves imports from what was loaded before the start: a running script reads no file.

use super::address::Address;
use super::program::Program;
use rhai::{AST, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The resolver of one engine. Each module is evaluated once in it.
pub struct Resolver {
    modules: Arc<BTreeMap<String, AST>>,
    links: Arc<BTreeMap<(String, String), Address>>,
    ready: Mutex<BTreeMap<String, Shared<Module>>>,
}

impl Resolver {
    /// A resolver for the imports of `program`.
    pub fn new(program: &Program) -> Self {
        let (modules, links) = (Arc::clone(&program.modules), Arc::clone(&program.links));
        Self { modules, links, ready: Mutex::default() }
    }

    fn find(&self, importer: Option<&str>, path: &str) -> Option<(&str, &AST)> {
        let key = (importer.unwrap_or_default().to_owned(), path.to_owned());
        let id = self.links.get(&key)?.id();
        self.modules.get_key_value(id).map(|(id, ast)| (id.as_str(), ast))
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Shared<Module>>> {
        // The map is whole at every moment that a panic elsewhere could have interrupted.
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        importer: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let not_found = || Box::new(EvalAltResult::ErrorModuleNotFound(path.to_owned(), position));
        let (id, ast) = self.find(importer, path).ok_or_else(not_found)?;
        if let Some(module) = self.ready().get(id) {
            return Ok(Shared::clone(module));
        }
        // Not under the lock: a module's own imports come back here.
        let evaluated = Module::eval_ast_as_new(Scope::new(), ast, engine).map_err(|error| match *error {
            // An interruption stays what it is, so that nothing can catch it.
            EvalAltResult::ErrorTerminated(..) => error,
            _ => Box::new(EvalAltResult::ErrorInModule(id.to_owned(), error, position)),
        });
        let module: Shared<Module> = evaluated?.into();
        self.ready().insert(id.to_owned(), Shared::clone(&module));
        Ok(module)
    }
}

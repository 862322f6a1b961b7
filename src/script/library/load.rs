//! Reads and compiles a script with everything it imports.

use super::address::{Address, locate};
use super::program::Compiler;
use super::{Entry, Library, Program};
use crate::domain::nearest::nearest;
use crate::script::engine::{MODULES, language};
use crate::script::report::Report;
use crate::script::{diagnose, thread};
use rhai::{AST, ASTNode, Engine, Expr, Map, Position, Scope, Stmt};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn load(library: &Library, entry: &Entry) -> Result<Program, Box<Report>> {
    thread::on_big_stack(|| Loader::new(library).load(entry))
        .unwrap_or_else(|broken| Err(Box::new(Report::new(format!("the script could not be compiled: {broken}")))))
}

/// An import as it is written.
struct Import {
    path: String,
    position: Position,
}

struct Loader<'a> {
    library: &'a Library,
    engine: Engine,
    sources: BTreeMap<String, String>,
    modules: BTreeMap<String, AST>,
    links: BTreeMap<(String, String), Address>,
    /// The modules that are being loaded now, outermost first: what a cycle is seen by.
    chain: Vec<String>,
}

/// The text as Rhai can read it: without a byte order mark, and a `#!` line as a comment. No character moves.
fn readable(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.strip_prefix("#!") {
        // three strokes would be a comment for a function
        Some(rest) => format!("// {}", rest.strip_prefix(['/', '!']).unwrap_or(rest)),
        None => text.to_owned(),
    }
}

impl<'a> Loader<'a> {
    fn new(library: &'a Library) -> Self {
        Self {
            library,
            engine: language(),
            sources: BTreeMap::new(),
            modules: BTreeMap::new(),
            links: BTreeMap::new(),
            chain: Vec::new(),
        }
    }

    fn load(mut self, entry: &Entry) -> Result<Program, Box<Report>> {
        let (address, text) = self.open(entry)?;
        let ast = self.add(&address, &text, true)?;
        Ok(Program {
            ast,
            entry: address.id().to_owned(),
            sources: Arc::new(self.sources),
            modules: Arc::new(self.modules),
            links: Arc::new(self.links),
            compiler: Compiler::of(self.engine),
        })
    }

    fn open(&self, entry: &Entry) -> Result<(Address, String), Box<Report>> {
        let found = match entry {
            Entry::Text { name, text } => Ok((Address::File(name.clone()), text.clone())),
            Entry::Embedded(name) => self.embedded(name).map(|text| (Address::Embedded(name.clone()), text.to_owned())),
            Entry::File(path) => self.file(path).map(|(id, text)| (Address::File(id), text)),
        };
        found.map_err(|(message, hint)| Box::new(Report::new(message).hint(hint)))
    }

    /// Compiles a file, then what it imports.
    fn add(&mut self, address: &Address, text: &str, top: bool) -> Result<AST, Box<Report>> {
        let (id, text) = (address.id().to_owned(), readable(text));
        let scope = if top { top_level() } else { Scope::new() };
        let compiled = self.engine.compile_with_scope(&scope, &text);
        let mut ast = compiled.map_err(|error| Box::new(diagnose::syntax(&id, &text, &error, &self.engine)))?;
        ast.set_source(id.as_str());
        let imports = imports(&ast).map_err(|position| {
            let message = "an import must be a plain text: it is read before the script starts";
            Box::new(
                Report::new(message)
                    .at(&id, &text, position, "computed")
                    .hint("write `import \"lib/name\" as name;`".to_owned()),
            )
        })?;
        self.sources.insert(id.clone(), text);
        self.chain.push(id);
        for import in imports {
            self.import(address, &import)?;
        }
        self.chain.pop();
        Ok(ast)
    }

    fn import(&mut self, importer: &Address, import: &Import) -> Result<(), Box<Report>> {
        let here = |message: String, hint: Option<String>| {
            let text = self.sources.get(importer.id()).map_or("", String::as_str);
            Box::new(Report::new(message).at(importer.id(), text, import.position, "imported here").hint(hint))
        };
        let address =
            locate(importer, &import.path).map_err(|why| here(format!("the import cannot be: {why}"), None))?;
        if self.chain.iter().any(|id| id == address.id()) {
            let chain = self.chain.join(" -> ");
            let hint = "move what both need into a third module".to_owned();
            return Err(here(format!("the imports run in a circle: {chain} -> {}", address.id()), Some(hint)));
        }
        self.links.insert((importer.id().to_owned(), import.path.clone()), address.clone());
        if self.modules.contains_key(address.id()) {
            return Ok(());
        }
        if self.sources.len() > MODULES {
            return Err(here(format!("the script imports more than {MODULES} modules"), None));
        }
        let text = self.read(&address).map_err(|(message, hint)| here(message, hint))?;
        let ast = self.add(&address, &text, false)?;
        self.modules.insert(address.id().to_owned(), ast);
        Ok(())
    }

    fn read(&self, address: &Address) -> Result<String, (String, Option<String>)> {
        match address {
            Address::Embedded(name) => self.embedded(name).map(str::to_owned),
            // A link inside the project may give a file two names; each is a module of its own.
            Address::File(relative) => self.file(&self.library.root.join(relative)).map(|(_, text)| text),
        }
    }

    fn embedded(&self, name: &str) -> Result<&'static str, (String, Option<String>)> {
        let embedded = self.library.embedded;
        embedded.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).ok_or_else(|| {
            let close = nearest(name, embedded.iter().map(|(known, _)| *known));
            (format!("gantry has no module `{name}`"), close.map(|close| format!("did you mean `{close}`?")))
        })
    }

    /// A file below the root, links followed: its path from the root, and its text.
    fn file(&self, path: &std::path::Path) -> Result<(String, String), (String, Option<String>)> {
        let (root, sources) = (&self.library.root, &self.library.sources);
        let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
        let unreadable = |error: std::io::Error| (format!("`{shown}` cannot be read: {error}"), None);
        let real = sources.canonical(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                (format!("there is no file `{shown}`"), Some(format!("looked for below {}", root.display())))
            }
            _ => unreadable(error),
        })?;
        let Ok(relative) = real.strip_prefix(root) else {
            let hint = format!("{} is not below {}", real.display(), root.display());
            return Err((format!("`{shown}` leaves the project's folder"), Some(hint)));
        };
        let id = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        Ok((id, sources.read(&real).map_err(unreadable)?))
    }
}

/// What a script's top level can see besides its own variables.
fn top_level() -> Scope<'static> {
    let mut scope = Scope::new();
    scope.push_constant("args", Map::new());
    scope
}

/// The imports of a file in their order; the position of the first that is computed.
fn imports(ast: &AST) -> Result<Vec<Import>, Position> {
    let (mut found, mut computed) = (Vec::new(), None);
    ast.walk(&mut |path: &[ASTNode]| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, position))) = path.last() {
            match &import.0 {
                Expr::StringConstant(text, position) => {
                    found.push(Import { path: text.to_string(), position: *position });
                }
                other => {
                    computed = Some(other.start_position()).filter(|place| !place.is_none()).or(Some(*position));
                    return false;
                }
            }
        }
        true
    });
    computed.map_or(Ok(found), Err)
}

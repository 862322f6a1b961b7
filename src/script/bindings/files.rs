//! `dir`, `file` and `text`: files of the project, and one that the script writes itself.

use super::{Handle, Property, text};
use crate::domain::file_tree::{FileKind, FileTree};
use crate::effects::call::{Call, HostCall};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::Reply;
use crate::script::host::{Outcome, perform};
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Array, Dynamic};
use serde_json::Value;

/// A folder or a file of the project, as it was when the script named it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree(pub FileTree);

impl Tree {
    fn is_file(&self) -> bool {
        matches!(self.0.entries.as_slice(), [only] if only.path.is_empty() && matches!(only.kind, FileKind::File(_)))
    }

    fn size(&self) -> i64 {
        let bytes = self.0.entries.iter().map(|entry| entry.size).fold(0, u64::saturating_add);
        i64::try_from(bytes).unwrap_or(i64::MAX)
    }

    fn paths(&self) -> Array {
        self.0.entries.iter().map(|entry| text(&entry.path)).collect()
    }
}

impl Handle for Tree {
    const NAME: &'static str = "FileTree";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "path", help: "relative to the project's root", get: |tree| text(&tree.0.root) },
        Property { name: "digest", help: "of paths, modes and contents", get: |tree| text(&tree.0.digest) },
        Property { name: "size", help: "bytes, all files together", get: |tree| tree.size().into() },
        Property { name: "entries", help: "the paths in it, sorted", get: |tree| tree.paths().into() },
    ];

    fn text(&self) -> String {
        self.0.root.clone()
    }

    /// The whole tree, as [`FileTree`] deserializes.
    fn wire(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or(Value::Null)
    }
}

/// A file whose text the script has written itself.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenText(String);

impl Handle for WrittenText {
    const NAME: &'static str = "FileText";
    const PROPERTIES: &'static [Property<Self>] = &[Property {
        name: "size",
        help: "bytes",
        get: |written| i64::try_from(written.0.len()).unwrap_or(i64::MAX).into(),
    }];

    fn text(&self) -> String {
        self.0.clone()
    }

    /// Told from a plain text, which is no file.
    fn wire(&self) -> Value {
        serde_json::json!({ "text": self.0 })
    }
}

fn scan(ctx: &NativeCallContext, path: &str, folder: bool) -> Outcome<Tree> {
    perform(ctx, Call::Host(HostCall::ScanFiles { path: path.to_owned(), folder }), Reply::tree).map(Tree)
}

/// Files of the project.
#[export_module]
pub mod files {
    use super::*;

    /// A folder of the project with all that is in it. The path is relative to the project's root.
    ///
    /// ```rhai
    /// let config = dir("config/prod");
    /// log::info(`${config}: ${config.size} bytes`);
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn dir(ctx: NativeCallContext, path: &str) -> Outcome<Tree> {
        scan(&ctx, path, true)
    }

    /// A file of the project. The path is relative to the project's root.
    ///
    /// ```rhai
    /// let settings = file("config/prod/app.toml");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn file(ctx: NativeCallContext, path: &str) -> Outcome<Tree> {
        scan(&ctx, path, false)
    }

    /// A file with this text, for `files` of `image::rebuild`. Nothing is added at its end.
    ///
    /// The text is in the run's journal, as all that the script says: what is secret does not belong in an image.
    ///
    /// ```rhai
    /// let host = "db.internal";
    /// let files = #{ "/app/config/db.yml": text(`host: ${host}\n`) };
    /// ```
    #[rhai_fn(name = "text")]
    pub fn written(content: &str) -> WrittenText {
        WrittenText(content.to_owned())
    }

    /// The paths in a folder, sorted.
    ///
    /// ```rhai
    /// for path in dir("config/prod").paths() { log::info(path); }
    /// ```
    #[rhai_fn(pure)]
    pub fn paths(tree: &mut Tree) -> Array {
        tree.paths()
    }

    /// The text of a file. It must still be what it was when the script named it.
    ///
    /// ```rhai
    /// let definition = taskdef::parse(file("ecs/web.json").text());
    /// ```
    #[rhai_fn(return_raw, volatile, pure)]
    pub fn text(ctx: NativeCallContext, tree: &mut Tree) -> Outcome<Dynamic> {
        if !tree.is_file() {
            let fault = Fault::usage(format!("`{}` is a folder, and has no text", tree.0.root));
            return Err(raise(&ctx, fault.hint("write `file(\"…\")` with the path of a file")));
        }
        let path = tree.0.root.clone();
        let text = perform(&ctx, Call::Host(HostCall::ReadText { path: path.clone() }), Reply::text)?;
        text.map(Dynamic::from).ok_or_else(|| {
            raise(&ctx, Fault::new(FaultKind::Missing, "FileMissing", format!("there is no file `{path}` any more")))
        })
    }
}

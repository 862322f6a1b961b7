//! The Rhai that is built in: modules that scripts import as `std/NAME`, and commands.

use super::library::Embedded;

macro_rules! embedded {
    ($($name:literal => $path:literal,)*) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/stdlib/", $path)))),*]
    };
}

/// Name and text of each.
pub const STDLIB: Embedded = embedded! {
    "std/release" => "lib/release.rhai",
    "std/commands/deploy" => "commands/deploy.rhai",
    "std/commands/exec" => "commands/exec.rhai",
    "std/commands/refresh" => "commands/refresh.rhai",
    "std/commands/rollback" => "commands/rollback.rhai",
    "std/commands/run-task" => "commands/run-task.rhai",
    "std/commands/scale" => "commands/scale.rhai",
    "std/commands/status" => "commands/status.rhai",
    "std/commands/tasks" => "commands/tasks.rhai",
};

/// In front of a command's name.
const COMMANDS: &str = "std/commands/";

/// The names of the commands that are built in.
pub fn commands() -> impl Iterator<Item = &'static str> {
    STDLIB.iter().filter_map(|(name, _)| name.strip_prefix(COMMANDS))
}

/// The embedded name of a command, if there is one.
pub fn command(name: &str) -> Option<&'static str> {
    STDLIB.iter().map(|(full, _)| *full).find(|full| full.strip_prefix(COMMANDS) == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test looks at the project's own files")]
    fn every_file_of_stdlib_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib");
        for (folder, prefix) in [("lib", "std/"), ("commands", COMMANDS)] {
            for entry in std::fs::read_dir(root.join(folder)).expect("a folder of stdlib") {
                let path = entry.expect("an entry").path();
                let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).expect("a script");
                assert!(STDLIB.contains(&(&format!("{prefix}{stem}"), &text)), "{}", path.display());
            }
        }
        assert_eq!(command("deploy"), Some("std/commands/deploy"));
        assert_eq!(command("release"), None);
    }
}

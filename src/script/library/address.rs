//! Which module the text of an import means: a pure function of the text and the importer.

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// In the binary, under this name: `std/rollout`.
    Embedded(String),
    /// In the project: this file, relative to its root, with `/` between components and its `.rhai`.
    File(String),
}

impl Address {
    /// What errors, journals and `e.at` call it.
    pub fn id(&self) -> &str {
        match self {
            Self::Embedded(name) | Self::File(name) => name,
        }
    }
}

/// What the import of `path` means in `importer`: `std/…` is embedded and cannot be replaced, `./` and `../` lie beside
/// the importer, anything else below the project's root.
///
/// # Errors
/// A sentence: the path is empty, absolute, leaves the project, or is not written as imports are.
pub fn locate(importer: &Address, path: &str) -> Result<Address, String> {
    if path.is_empty() {
        return Err("the import is empty".to_owned());
    }
    if path.starts_with('/') || path.contains('\\') || path.contains(':') || path.contains('\0') {
        return Err(format!("`{path}` is not a path inside the project"));
    }
    if let Some(without) = path.strip_suffix(".rhai") {
        return Err(format!("leave out the ending: write `import \"{without}\"`"));
    }
    let beside = path.starts_with("./") || path.starts_with("../");
    if !beside && (path == "std" || path.starts_with("std/")) {
        return Ok(Address::Embedded(path.to_owned()));
    }
    let base = if beside { importer.id().rsplit_once('/').map_or("", |(folder, _)| folder) } else { "" };
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| format!("`{path}` leaves the project's folder"))?;
            }
            name => parts.push(name),
        }
    }
    if parts.is_empty() {
        return Err(format!("`{path}` is a folder"));
    }
    let whole = parts.join("/");
    match importer {
        Address::Embedded(_) if beside => Ok(Address::Embedded(whole)),

        _ => Ok(Address::File(format!("{whole}.rhai"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str) -> Address {
        Address::File(id.to_owned())
    }

    fn embedded(id: &str) -> Address {
        Address::Embedded(id.to_owned())
    }

    #[test]
    fn imports_mean_what_they_say() {
        let release = file("scripts/release.rhai");
        for (path, meant) in [
            ("std/rollout", embedded("std/rollout")),
            ("./steps", file("scripts/steps.rhai")),
            ("../lib/steps", file("lib/steps.rhai")),
            ("lib/steps", file("lib/steps.rhai")),
            ("lib/v1.2", file("lib/v1.2.rhai")),
            ("lib/./a//b", file("lib/a/b.rhai")),
            ("lib/../other", file("other.rhai")),
            ("./std/rollout", file("scripts/std/rollout.rhai")),
        ] {
            assert_eq!(locate(&release, path), Ok(meant), "{path}");
        }
        assert_eq!(locate(&embedded("std/deploy"), "./util"), Ok(embedded("std/util")));
        assert_eq!(locate(&embedded("std/deploy"), "lib/x"), Ok(file("lib/x.rhai")));
    }

    #[test]
    fn imports_do_not_leave_the_project() {
        for path in
            ["../../outside", "lib/../../outside", "/etc/passwd", "C:/x", "a\\b", "", ".", "..", "./..", "x.rhai"]
        {
            assert!(locate(&file("scripts/release.rhai"), path).is_err(), "{path}");
        }
    }
}

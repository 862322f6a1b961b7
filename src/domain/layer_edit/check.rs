//! Whether an edit of a config makes sense, before anybody is asked anything.

use super::{ImpossibleEdit, LayerEdit};
use jiff::Timestamp;

impl LayerEdit {
    /// Checks what does not depend on the base. Paths are [`super::Layout::of`]'s to check.
    ///
    /// # Errors
    /// A name that no variable or label can have, a working directory that is not absolute, a text with NUL in it, a
    /// `created` that is not RFC 3339.
    pub(super) fn check_config(&self) -> Result<(), ImpossibleEdit> {
        for (name, value) in &self.env {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(ImpossibleEdit::new(format!("`{name}` cannot be the name of an environment variable")));
            }
            whole(&format!("environment variable {name}"), value.iter())?;
        }
        for (name, value) in &self.labels {
            if name.is_empty() {
                return Err(ImpossibleEdit::new("a label must have a name"));
            }
            whole(&format!("label {name}"), [name].into_iter().chain(value))?;
        }
        whole("entrypoint", self.entrypoint.iter().flatten())?;
        whole("command", self.command.iter().flatten())?;
        whole("user", &self.user)?;
        whole("working directory", &self.working_dir)?;
        if let Some(place) = self.working_dir.as_ref().filter(|place| !place.is_empty() && !place.starts_with('/')) {
            let why = format!("`{place}` is not a working directory: it must be absolute");
            return Err(ImpossibleEdit::new(why).hint(format!("write `/{place}`, or an empty text for none")));
        }
        if let Some(created) = self.created.as_ref().filter(|created| !rfc_3339(created)) {
            let why = format!("`{created}` is not an instant as RFC 3339 writes it");
            return Err(ImpossibleEdit::new(why).hint("write `created` as \"2026-07-25T00:00:00Z\""));
        }
        Ok(())
    }
}

/// As strictly as Go's programs read it.
fn rfc_3339(text: &str) -> bool {
    let at = |place: usize| text.as_bytes().get(place).copied();
    let zone = matches!(at(19), Some(b'.' | b'Z' | b'+' | b'-'));
    at(10) == Some(b'T') && zone && !text.contains(['[', 'z']) && text.parse::<Timestamp>().is_ok()
}

/// A process cannot be given a NUL.
fn whole<'a>(what: &str, texts: impl IntoIterator<Item = &'a String>) -> Result<(), ImpossibleEdit> {
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err(ImpossibleEdit::new(format!("the {what} has a NUL character in it")));
    }
    Ok(())
}

//! Secrets in what is written down: in its place stands which one it is, and in what form, so that it can be put back.
//!
//! A script may put a revealed value into a document, and a server may answer with it. The journal and plans must not
//! have it, and a resumed run must make the same calls: so they are sealed on their way to a file, and opened again once
//! the secrets that they name have been fetched again.

use super::fault::{Fault, FaultKind};
use super::redact::Redactor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a place begins with. Text that has it by itself is marked as such.
const BEGIN: &str = "***secret:";
const END: &str = "***";
/// A place that stands for [`BEGIN`] itself.
const ITSELF: &str = "itself";

/// A form of a secret, and the place that stands for it.
pub(super) struct Sealed {
    /// The form.
    pub form: String,
    /// Its place, without begin and end.
    pub place: String,
}

/// Seals one text. Of forms that begin at the same place, the longest is meant.
fn seal_text(text: &str, sealed: &[Sealed]) -> Option<String> {
    let next = |rest: &str| {
        let forms = sealed.iter().filter_map(|one| Some((rest.find(&one.form)?, one.form.len(), one.place.as_str())));
        let own = rest.find(BEGIN).map(|at| (at, BEGIN.len(), ITSELF));
        forms.chain(own).min_by_key(|(at, length, _)| (*at, std::cmp::Reverse(*length)))
    };
    let (mut rest, mut all) = (text, String::new());
    while let Some((at, length, place)) = next(rest) {
        all.extend([rest.get(..at)?, BEGIN, place, END]);
        rest = rest.get(at + length..)?;
    }
    (!all.is_empty()).then(|| all + rest)
}

/// Opens one text; a place that nobody knows stays as it is.
fn open_text(text: &str, sealed: &[Sealed]) -> Option<String> {
    let (mut rest, mut all) = (text, String::new());
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (place, after) = after.split_once(END)?;
        all.push_str(before);
        match sealed.iter().find(|one| one.place == place) {
            Some(one) => all.push_str(&one.form),
            None if place == ITSELF => all.push_str(BEGIN),
            None => all.extend([BEGIN, place, END]),
        }
        rest = after;
    }
    (!all.is_empty()).then(|| all + rest)
}

/// Every text in `value`, keys too. With `freely` unset only those where any text may stand: names of gantry's own, of
/// calls and of images, are no documents.
fn texts(value: &mut Value, freely: bool, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) if freely => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, freely, change)),
        Value::Object(members) => {
            let document = members.get("reply").is_some_and(|kind| kind == "document" || kind == "text");
            for (name, value) in std::mem::take(members) {
                let mut value = value;
                let free = matches!(name.as_str(), "document" | "fault") || (document && name == "value");
                texts(&mut value, freely || free, change);
                let name = if freely { change(&name).unwrap_or(name) } else { name };
                members.insert(name, value);
            }
        }
        _ => {}
    }
}

impl Redactor {
    /// The same with a place for every form of every secret that was fetched. Where it would not be what it is any more,
    /// because a value is also the name of an image or one of gantry's own words, documents alone are sealed.
    ///
    /// # Errors
    /// `Internal` for what cannot be written down at all.
    pub fn seal<T: Serialize + DeserializeOwned + Clone>(&self, it: &T) -> Result<T, Fault> {
        if !self.has_fetched() {
            return Ok(it.clone());
        }
        let plain = serde_json::to_value(it).map_err(|error| unsealable(&error))?;
        let sealed = self.sealed();
        let in_places = |freely| {
            let mut value = plain.clone();
            texts(&mut value, freely, &|text| seal_text(text, &sealed));
            let read: T = serde_json::from_value(value.clone())?;
            let same = serde_json::to_value(&read)? == value;
            Ok::<_, serde_json::Error>(same.then_some(read))
        };
        if let Ok(Some(read)) = in_places(true) {
            return Ok(read);
        }
        in_places(false).map_err(|error| unsealable(&error))?.ok_or_else(|| {
            let why = "what is to be written down does not read back as it was";
            Fault::new(FaultKind::Internal, "Unsealable", why)
        })
    }

    /// What [`Self::seal`] was given, once the secrets in it are known again.
    ///
    /// # Errors
    /// `Internal` for what was changed by somebody.
    pub fn open<T: Serialize + DeserializeOwned>(&self, it: &T) -> Result<T, Fault> {
        let mut value = serde_json::to_value(it).map_err(|error| unsealable(&error))?;
        let sealed = self.sealed();
        texts(&mut value, true, &|text| open_text(text, &sealed));
        serde_json::from_value(value).map_err(|error| unsealable(&error))
    }
}

fn unsealable(error: &serde_json::Error) -> Fault {
    Fault::internal(format!("secrets cannot be taken out of what is to be written down: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;
    use crate::domain::secret_reference::{SecretReference, Store};
    use crate::effects::call::{Call, EcsCall};
    use serde_json::json;

    fn knowing(secrets: &[(&str, &str)]) -> Redactor {
        let redactor = Redactor::default();
        for (name, value) in secrets {
            let (name, version) = ((*name).to_owned(), "1".to_owned());
            let reference = SecretReference { store: Store::Ssm, name, arn: None, version, key: None };
            redactor.keep(&reference, &Secret::new(*value));
        }
        redactor
    }

    fn register(document: Value) -> Call {
        Call::Ecs(EcsCall::RegisterTaskDefinition { session: "prod".to_owned(), document })
    }

    #[test]
    fn a_call_is_sealed_and_opened_to_what_it_was() {
        let redactor = knowing(&[("/db", "pä\"ss w/1"), ("/longer", "pä\"ss w/1 and more")]);
        let call = register(json!({
            "a": "pä\"ss w/1", "b": ["x pä\"ss w/1 and more y", "cMOkInNzIHcvMQ=="], "p%C3%A4%22ss%20w%2F1": 1,
            "c": "***secret:/db#1:0*** and ***", "d": "p\\u00e4\\\"ss w/1 pä\\\"ss w/1",
        }));
        let sealed = redactor.seal(&call).expect("it can be sealed");
        let text = serde_json::to_string(&sealed).expect("JSON");
        for form in ["pä", "cMOk", "%C3", "u00e4"] {
            assert!(!text.contains(form), "{form} in {text}");
        }
        assert!(text.contains("***secret:/db#1:"), "{text}");
        assert_eq!(redactor.open(&sealed), Ok(call.clone()));
        let stranger = knowing(&[]);
        assert_eq!(stranger.open(&sealed).map(|opened| opened == call), Ok(false), "nobody else can");
    }

    #[test]
    fn another_secret_in_the_same_place_is_another_call() {
        let redactor = knowing(&[("/a", "first-value"), ("/b", "second-value")]);
        let seal = |text: &str| redactor.seal(&register(json!({ "x": text }))).expect("it can be sealed");
        assert_ne!(seal("first-value"), seal("second-value"));
    }

    #[test]
    fn a_value_that_is_also_a_word_of_ours_is_sealed_in_documents_alone() {
        let redactor = knowing(&[("/a", "register_task_definition"), ("/b", "prod")]);
        let call = register(json!({ "x": "prod", "y": "register_task_definition" }));
        let sealed = redactor.seal(&call).expect("it can be sealed");
        let text = serde_json::to_value(&sealed).expect("JSON");
        assert_eq!((&text["call"], &text["session"]), (&json!("register_task_definition"), &json!("prod")));
        assert!(!text["document"].to_string().contains("prod"), "{text}");
        assert_eq!(redactor.open(&sealed), Ok(call));
    }
}

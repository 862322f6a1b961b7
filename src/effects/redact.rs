//! Keeps secrets out of what people and files see, should a server have put one into its answer.

use super::fault::Fault;
use super::sealing::Sealed;
use crate::domain::secret::Secret;
use crate::domain::secret_reference::SecretReference;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// The secrets that this process knows; cheap to clone. Secrets are kept out by type everywhere; this is for texts that
/// came from outside.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    secrets: Vec<Secret>,
    /// Every form of each, the longest first: a form may hold another.
    forms: Vec<Secret>,
    /// Those that were fetched, with which they are.
    fetched: Vec<(SecretReference, Secret)>,
}

/// Shorter ones would blot out innocent text.
const SHORTEST: usize = 4;

impl Redactor {
    /// Learns a secret.
    pub fn learn(&self, secret: &Secret) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if secret.reveal().len() < SHORTEST || known.secrets.iter().any(|one| one.reveal() == secret.reveal()) {
            return;
        }
        known.secrets.push(secret.clone());
        known.forms.extend(forms(secret.reveal()).into_iter().map(Secret::new));
        known.forms.sort_by_key(|form| std::cmp::Reverse(form.reveal().len()));
    }

    /// Learns a secret that was fetched, and keeps it for whoever has its reference.
    pub fn keep(&self, reference: &SecretReference, value: &Secret) {
        self.learn(value);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.fetched.iter().any(|(kept, _)| kept == reference) {
            known.fetched.push((reference.clone(), value.clone()));
        }
    }

    /// The value of a secret that was fetched.
    pub fn kept(&self, reference: &SecretReference) -> Option<Secret> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.fetched.iter().find(|(kept, _)| kept == reference).map(|(_, value)| value.clone())
    }

    /// Whether there is a secret that was fetched.
    pub(super) fn has_fetched(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).fetched.is_empty()
    }

    /// Every form of every secret that was fetched, with the place that stands for it.
    pub(super) fn sealed(&self) -> Vec<Sealed> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let long = known.fetched.iter().filter(|(_, value)| value.reveal().len() >= SHORTEST);
        long.flat_map(|(reference, value)| {
            let numbered = forms(value.reveal()).into_iter().enumerate();
            numbered.map(move |(number, form)| Sealed { form, place: format!("{reference}:{number}") })
        })
        .collect()
    }

    /// The value with every text in it redacted.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (self.text(name), self.value(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    /// The text with every known secret replaced by `***`, also in base64, percent-encoded or escaped as in JSON.
    pub fn text(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.forms.iter().fold(text.to_owned(), |text, form| text.replace(form.reveal(), "***"))
    }

    /// The fault with every text in it redacted.
    pub fn fault(&self, mut fault: Fault) -> Fault {
        fault.code = self.text(&fault.code);
        fault.message = self.text(&fault.message);
        fault.hint = fault.hint.map(|hint| self.text(&hint));
        fault.details = fault.details.iter().map(|line| self.text(line)).collect();
        fault
    }
}

/// A secret as a server may quote it.
fn forms(secret: &str) -> Vec<String> {
    let once = escaped(secret);
    let (twice, lean) = (escaped(&once), escaped_to_ascii(secret));
    let mut forms = vec![secret.to_owned(), once, twice, escaped(&lean), lean];
    forms.extend([STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|engine| engine.encode(secret)));
    for upper in [true, false] {
        let percent = percent_encoded(secret, upper);
        forms.push(percent.replace("%20", "+"));
        forms.push(percent);
    }
    forms.sort();
    forms.dedup();
    forms
}

/// As inside a JSON text.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

/// As inside a JSON text that has no other letters than ASCII's.
fn escaped_to_ascii(text: &str) -> String {
    escaped(text).chars().fold(String::new(), |mut all, letter| {
        if letter.is_ascii() {
            all.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                let _ = write!(all, "\\u{unit:04x}");
            }
        }
        all
    })
}

/// As in a URL.
fn percent_encoded(text: &str, upper: bool) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => all.push(char::from(byte)),
            _ if upper => drop(write!(all, "%{byte:02X}")),
            _ => drop(write!(all, "%{byte:02x}")),
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::fault::FaultKind;

    #[test]
    fn a_secret_is_known_in_every_form() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("pä\"ss\\ w/1"));
        redactor.learn(&Secret::new("pä\"ss"));
        let forms = [
            "pä\"ss\\ w/1",
            r#"pä\"ss\\ w/1"#,
            r#"p\u00e4\"ss\\ w/1"#,
            r#"pä\\\"ss\\\\ w/1"#,
            "cMOkInNzXCB3LzE=",
            "cMOkInNzXCB3LzE",
            "p%C3%A4%22ss%5C%20w%2F1",
            "p%c3%a4%22ss%5c+w%2f1",
        ];
        for form in forms {
            assert_eq!(redactor.text(&format!("it is {form}.")), "it is ***.", "{form}");
        }
        assert_eq!(redactor.text("pa\"ss w/1"), "pa\"ss w/1");
    }

    #[test]
    fn a_password_in_an_answer_does_not_get_through() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("hunter22"));
        redactor.learn(&Secret::new("abc"));
        let fault = Fault::new(FaultKind::Denied, "NO_hunter22", "login AWS:hunter22 abc refused").hint("hunter22?");
        let fault = redactor.fault(fault);
        assert_eq!(fault.code, "NO_***", "a registry's code is its own choice");
        assert_eq!(fault.message, "login AWS:*** abc refused");
        assert_eq!(fault.hint.as_deref(), Some("***?"));
    }
}

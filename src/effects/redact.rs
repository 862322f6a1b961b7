//! Keeps secrets out of what people and files see, should a server have put one into its answer.

use super::fault::Fault;
use crate::domain::secret::Secret;
use std::sync::{Arc, Mutex, PoisonError};

/// The secrets that this process knows; cheap to clone. Secrets are kept out by type everywhere; this is for texts that
/// came from outside.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Vec<Secret>>>);

/// Shorter ones would blot out innocent text.
const SHORTEST: usize = 4;

impl Redactor {
    /// Learns a secret.
    pub fn learn(&self, secret: &Secret) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if secret.reveal().len() >= SHORTEST && !known.iter().any(|one| one.reveal() == secret.reveal()) {
            known.push(secret.clone());
        }
    }

    /// The text with every known secret replaced by `***`.
    pub fn text(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| text.replace(secret.reveal(), "***"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::fault::FaultKind;

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

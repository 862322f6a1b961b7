//! Lists that come in pages.

use super::asked::Asked;
use crate::effects::fault::{Fault, FaultKind};
use serde_json::{Map, Value};

/// A list as it is read page by page: while there is a request, its answer is to be added.
pub struct Pages {
    member: &'static str,
    next: Option<Value>,
    found: Vec<Value>,
}

impl Pages {
    /// The list `member` of the answers, beginning with `request`.
    pub fn of(member: &'static str, request: Value) -> Self {
        Self { member, next: Some(request), found: Vec::new() }
    }

    /// What to ask for next, while there is more.
    pub fn request(&self) -> Option<&Value> {
        self.next.as_ref()
    }

    /// Adds the answer to [`Self::request`].
    ///
    /// # Errors
    /// `Refused`, code `BadAnswer`, where a page points at itself, so that the list would never end.
    pub fn add(&mut self, mut answer: Value, asked: &Asked) -> Result<(), Fault> {
        self.found.append(&mut list(&mut answer, self.member));
        let token = answer.get_mut("nextToken").map(Value::take).filter(|token| !token.is_null());
        let Some((token, request)) = token.zip(self.next.as_mut()) else {
            self.next = None;
            return Ok(());
        };
        if request.get("nextToken") == Some(&token) {
            let message = format!("{asked}: a page names itself as the next one");
            return Err(Fault::new(FaultKind::Refused, "BadAnswer", message));
        }
        request["nextToken"] = token;
        Ok(())
    }

    /// The whole list: `{MEMBER: […]}`.
    pub fn all(self) -> Value {
        Value::Object(Map::from_iter([(self.member.to_owned(), Value::Array(self.found))]))
    }
}

/// Takes a list out of an answer; AWS leaves empty ones out.
pub fn list(answer: &mut Value, member: &str) -> Vec<Value> {
    match answer.get_mut(member).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// The fault of an answer that lacks the one member it is about.
pub fn without(asked: &Asked, member: &str) -> Fault {
    let message = format!("{asked}: the answer has no `{member}`");
    Fault::new(FaultKind::Refused, "BadAnswer", message)
}

//! The echo of `RegisterTaskDefinition`.

use serde_json::{Map, Value};

use super::{Unechoed, missing};
use crate::domain::diff::differences;
use crate::domain::equivalence::{ECS, canonical_task_definition};

/// What of a `RegisterTaskDefinition` request is not in its reply. The tags come back beside the document.
pub fn registered(requested: &Value, reply: &Value) -> Vec<Unechoed> {
    let nothing = || Value::Object(Map::new());
    let mut answered = reply.get("taskDefinition").cloned().unwrap_or_else(nothing);
    if let (Some(answered), Some(tags)) = (answered.as_object_mut(), reply.get("tags")) {
        answered.insert("tags".to_owned(), tags.clone());
    }
    // tags are returned beside the document; an endpoint that returns none at all says nothing about them
    let mut requested = requested.clone();
    if let (None, Some(requested)) = (reply.get("tags"), requested.as_object_mut()) {
        requested.shift_remove("tags");
    }
    let requested = &requested;
    let sent = canonical_task_definition(requested);
    let came_back = canonical_task_definition(&answered);
    let mut found = missing(&sent, &came_back);
    found.extend(contradicted(requested, &answered, &sent, &came_back));
    found
}

/// What was requested as its default, and came back as something else: the canonical forms alone do not show it,
/// since a default is left out of them.
fn contradicted(requested: &Value, answered: &Value, sent: &Value, came_back: &Value) -> Vec<Unechoed> {
    let written = differences(requested, answered, &ECS);
    differences(sent, came_back, &ECS)
        .into_iter()
        .filter(|filled_in| filled_in.before.is_none())
        .filter_map(|filled_in| {
            let found = written.iter().find(|found| found.path == filled_in.path)?;
            let requested = found.before.clone()?;
            Some(Unechoed { path: filled_in.path, requested, answered: filled_in.after })
        })
        .collect()
}

//! Whether two revisions say the same, and where they differ.

use super::TaskDefinition;
use crate::domain::diff::{self, Difference};
use crate::domain::equivalence::{ECS, canonical_task_definition};

/// Whether registering `after` would make a revision that says nothing else than `before`: then `before` is reused.
pub fn same(before: &TaskDefinition, after: &TaskDefinition) -> bool {
    differences(before, after).is_empty()
}

/// Where two task definitions differ in what they say, whatever they were registered as. A container's members are
/// called by its name, `app.image`.
pub fn differences(before: &TaskDefinition, after: &TaskDefinition) -> Vec<Difference> {
    let canonical = |definition: &TaskDefinition| canonical_task_definition(&definition.registrable());
    diff::differences(&canonical(before), &canonical(after), &ECS)
        .into_iter()
        .map(|difference| Difference { path: short_path(&difference.path), ..difference })
        .collect()
}

/// `containerDefinitions[app].image` is `app.image` to people; a container as a whole keeps its full path.
fn short_path(path: &str) -> String {
    let short = path.strip_prefix("containerDefinitions[").and_then(|rest| rest.split_once("]."));
    short.map_or_else(|| path.to_owned(), |(container, member)| format!("{container}.{member}"))
}

//! A tag more in the same repository: only the manifest is pushed.

use super::route::Route;
use super::work::Prepared;
use crate::effects::fault::Fault;

/// Prepares it. Writes nothing.
pub(super) async fn prepare(route: &Route<'_>) -> Result<Prepared, Fault> {
    let (manifest, tagged) = route.look().await?;
    if tagged.as_ref() == Some(&manifest.digest) {
        return Ok(Prepared::Unchanged(manifest, Vec::new()));
    }
    route.check_tag(tagged.as_ref(), &manifest)?;
    Ok(Prepared::Tag(manifest, Vec::new()))
}

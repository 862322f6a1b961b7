//! "Did you mean …?": the candidate that a misspelt name is nearest to.

use strsim::damerau_levenshtein;

/// The candidate that differs least from `name`, if that is little enough to be a slip: at most a third of its
/// characters, and at least one may always differ. Case does not count.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let most = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        let containers = ["app", "envoy", "log-router"];
        assert_eq!(nearest("ap", containers), Some("app"));
        assert_eq!(nearest("App", containers), Some("app"));
        assert_eq!(nearest("log_router", containers), Some("log-router"));
        assert_eq!(nearest("worker", containers), None);
        assert_eq!(nearest("", containers), None);
        assert_eq!(nearest("app", []), None);
    }
}

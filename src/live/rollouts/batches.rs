//! Which calls a round of looks takes: what is asked at once is asked in as few requests as AWS allows.

/// So many services `DescribeServices` takes at once.
pub const SERVICES: usize = 10;
/// So many service deployments `DescribeServiceDeployments` takes at once.
pub const DEPLOYMENTS: usize = 20;

/// Groups what can be asked together (of one session, or one cluster of it) and cuts the groups to size. Groups and
/// what is in them keep the order in which they came.
pub fn batches<K: PartialEq, T>(asked: impl IntoIterator<Item = (K, T)>, size: usize) -> Vec<(K, Vec<T>)> {
    let mut batches: Vec<(K, Vec<T>)> = Vec::new();
    for (key, one) in asked {
        match batches.iter_mut().rev().find(|(known, batch)| *known == key && batch.len() < size) {
            Some((_, batch)) => batch.push(one),
            None => batches.push((key, vec![one])),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::{DEPLOYMENTS, SERVICES, batches};

    #[test]
    fn five_hundred_services_take_fifty_and_twenty_five_requests() {
        for count in [0_usize, 1, 10, 11, 20, 21, 100, 500] {
            let asked = || (0..count).map(|one| ("prod", one));
            assert_eq!(batches(asked(), SERVICES).len(), count.div_ceil(10), "{count} services");
            assert_eq!(batches(asked(), DEPLOYMENTS).len(), count.div_ceil(20), "{count} deployments");
        }
    }

    #[test]
    fn what_cannot_be_asked_together_is_not() {
        let asked = [("a", 1), ("b", 2), ("a", 3), ("a", 4), ("b", 5)];
        assert_eq!(batches(asked, 2), [("a", vec![1, 3]), ("b", vec![2, 5]), ("a", vec![4])]);
    }
}

//! The predefined deployment configurations of the compute platform ECS.

use std::time::Duration;

/// How production traffic moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Percentage that moves first.
    pub first: u32,
    /// Percentage of each later step.
    pub step: u32,
    /// Between two steps.
    pub every: Duration,
}

/// Names, the first percentage, the later ones, and minutes between them.
const CONFIGURATIONS: [(&str, u32, u32, u64); 5] = [
    ("CodeDeployDefault.ECSAllAtOnce", 100, 100, 0),
    ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", 10, 10, 1),
    ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", 10, 10, 3),
    ("CodeDeployDefault.ECSCanary10Percent5Minutes", 10, 90, 5),
    ("CodeDeployDefault.ECSCanary10Percent15Minutes", 10, 90, 15),
];

impl Traffic {
    /// The configuration of a name.
    pub fn named(name: &str) -> Option<Traffic> {
        let found = CONFIGURATIONS.iter().find(|(known, ..)| *known == name);
        found.map(|&(_, first, step, minutes)| Traffic { first, step, every: Duration::from_mins(minutes) })
    }

    /// Where the weight of the replacement goes from here.
    pub fn next(self, weight: u32) -> u32 {
        let by = if weight == 0 { self.first } else { self.step };
        (weight + by).min(100)
    }
}

#[cfg(test)]
mod tests {
    use super::Traffic;

    #[test]
    fn traffic_moves_at_once_by_steps_or_first_a_little() {
        let way = |name: &str| {
            let traffic = Traffic::named(name).expect("a configuration");
            let mut weights = vec![traffic.next(0)];
            while *weights.last().expect("one") < 100 {
                weights.push(traffic.next(*weights.last().expect("one")));
            }
            weights
        };
        assert_eq!(way("CodeDeployDefault.ECSAllAtOnce"), [100]);
        assert_eq!(way("CodeDeployDefault.ECSCanary10Percent5Minutes"), [10, 100]);
        assert_eq!(way("CodeDeployDefault.ECSLinear10PercentEvery1Minutes").len(), 10);
        assert_eq!(Traffic::named("CodeDeployDefault.OneAtATime"), None);
    }
}

//! Waits for an instant, and what is said when nobody approves.

use super::host::surroundings::Surroundings;
use crate::effects::event::{Event, Events};
use crate::effects::fault::{Fault, FaultKind};
use std::time::Duration;

/// A machine that was suspended wakes up with its timers behind its clock: so the clock is looked at this often.
const SLICE: Duration = Duration::from_mins(1);

/// Returns when the clock says `at` (milliseconds since 1970) or later.
pub async fn until(at: i64, told: &str, surroundings: &Surroundings, events: &Events) {
    let left = |now: i64| u64::try_from(at.saturating_sub(now)).unwrap_or(0);
    let message = match left(surroundings.now()) {
        0 => format!("no need to wait: {told} has come"),
        left => format!("waiting until {told} (in {})", length(left)),
    };
    events.tell(&Event::Step { message });
    loop {
        match left(surroundings.now()) {
            0 => return,
            left => tokio::time::sleep(Duration::from_millis(left).min(SLICE)).await,
        }
    }
}

/// A length of waiting as people say it, rounded to the unit that matters: `40s`, `12m`, `3h 12m`, `2d 4h`.
fn length(millis: u64) -> String {
    let seconds = millis.div_ceil(1000);
    let minutes = seconds.div_ceil(60);
    let hours = minutes / 60;
    match seconds {
        0..=60 => format!("{seconds}s"),
        _ if hours == 0 => format!("{minutes}m"),
        _ if hours < 24 => format!("{hours}h {:02}m", minutes % 60),
        _ => format!("{}d {}h", hours / 24, hours % 24),
    }
}

/// A person said no.
pub fn refused(question: &str, by: &str) -> Fault {
    Fault::new(FaultKind::Waiting, "NotApproved", format!("{by} did not approve: {question}"))
}

/// There is nobody to ask.
pub fn nobody(question: &str) -> Fault {
    Fault::new(FaultKind::Waiting, "WaitingForApproval", format!("waiting for an approval: {question}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::event::Listener;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Ears(Mutex<Vec<String>>);

    impl Listener for Ears {
        fn hear(&self, event: &Event) {
            if let Event::Step { message } = event {
                self.0.lock().unwrap().push(message.clone());
            }
        }
    }

    #[test]
    fn lengths_are_said_as_people_say_them() {
        let table = [(1, "1s"), (60_000, "60s"), (61_000, "2m"), (11_520_000, "3h 12m"), (187_200_000, "2d 4h")];
        for (millis, text) in table {
            assert_eq!(length(millis), text);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_decides_and_not_how_long_it_slept() {
        let start = tokio::time::Instant::now();
        // the machine is suspended in the third minute, and its clock goes on by two hours meanwhile
        let suspended = move || if start.elapsed() > Duration::from_mins(3) { 7_200_000 } else { 0 };
        let clock = move || i64::try_from(start.elapsed().as_millis()).unwrap() + suspended();
        let ears = Arc::new(Ears::default());
        let events = Events::to(Arc::clone(&ears) as Arc<dyn Listener>);
        let surroundings = Surroundings::rehearsed(Arc::new(clock), BTreeMap::new());
        until(7_200_000, "02:00 UTC", &surroundings, &events).await;
        assert_eq!(start.elapsed(), Duration::from_mins(4));
        until(7_200_000, "02:00 UTC", &surroundings, &events).await;
        assert_eq!(start.elapsed(), Duration::from_mins(4));
        let told = ears.0.lock().unwrap().clone();
        assert_eq!(told, ["waiting until 02:00 UTC (in 2h 00m)", "no need to wait: 02:00 UTC has come"]);
    }
}

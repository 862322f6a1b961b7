//! Lets others do meanwhile what the world says they do, each at its moment.

use serde_json::Value;

use super::state::State;
use super::{sts, writes};
use crate::rehearsal::ecs::{self, Caller, Context};
use crate::rehearsal::moment::Moment;
use crate::rehearsal::world::{Meanwhile, When};

/// Who the others are, in the log of writes.
const OTHERS: &str = "someone else";

impl State {
    /// Lets time pass until `now`, and others do what they do on the way.
    pub fn advance(&mut self, now: Moment) {
        // what somebody does may make something else due, but each thing is done once
        while let Some((position, at)) = self.next_of_others(now) {
            self.pass(at);
            let event = self.meanwhile.remove(position);
            self.done_by_others(&event, at);
        }
        self.pass(now);
    }

    /// The next thing that others do until `now`, and when.
    fn next_of_others(&mut self, now: Moment) -> Option<(usize, Moment)> {
        let reached = self.reached();
        let due: Vec<(usize, Moment)> =
            self.meanwhile.iter().enumerate().filter_map(|(index, event)| Some((index, self.due(event)?))).collect();
        let first = due.into_iter().min_by_key(|(index, at)| (*at, *index))?;
        (first.1 <= now).then_some((first.0, first.1.max(reached.unwrap_or(first.1))))
    }

    fn due(&self, event: &Meanwhile) -> Option<Moment> {
        match event.when {
            When::AfterStart(after) => Some(self.start.after(after)),
            When::AfterDeployment(after) => {
                let place = (event.account.id.clone(), event.account.region.clone());
                let hosted = self.realms.get(&place)?.clusters.get(&event.cluster)?.services.get(&event.service)?;
                let mut begun = hosted.service.history.iter().filter(|one| one.created >= self.start);
                begun.next().map(|first| first.created.after(after))
            }
        }
    }

    fn done_by_others(&mut self, event: &Meanwhile, now: Moment) {
        let caller = Caller { arn: sts::arn(&event.account).replace(":user/", ":user/other-") };
        let realm = self.realm(&event.account.id, &event.account.region);
        let current = realm.current_deployment(&event.cluster, &event.service).unwrap_or_default();
        let request = filled(&event.request, &current);
        let answered = ecs::call(realm, &event.operation, &request, &Context { now, caller: &caller });
        let name = format!("ecs:{}", event.operation);
        let entry = writes::of_call(&name, &event.account.id, &event.account.region, &request, &answered);
        if let Some(mut entry) = entry {
            if let Some(members) = entry.as_object_mut() {
                members.insert("by".to_owned(), OTHERS.into());
            }
            self.writes.push(entry);
        }
    }
}

/// A request with `${current}` replaced.
fn filled(request: &Value, current: &str) -> Value {
    match request {
        Value::String(text) => Value::String(text.replace("${current}", current)),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), filled(value, current)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(|value| filled(value, current)).collect(),
        other => other.clone(),
    }
}

//! What becomes of a deployment of `CodeDeploy`: its lifecycle events in their order, what fails, and the way back.

use std::time::Duration;

use super::super::deployment::Revision;
use super::super::service::Service;
use super::super::step::Due;
use super::super::surroundings::{HookEnd, Surroundings};
use super::deployment::{Beat, CodeDeployment, LifecycleEvent, RevisionOf, Status};
use super::group::RollbackOn;
use super::traffic::Traffic;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// How long `CodeDeploy` waits for a replacement task set, and for a hook's answer.
const PATIENCE: Duration = Duration::from_hours(1);

const EVENTS: [&str; 8] = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
];

impl Service {
    /// Creates a deployment of `CodeDeploy`; its identifier.
    pub fn code_deploy(
        &mut self,
        revision: RevisionOf,
        configuration: (String, Traffic),
        description: &str,
        now: Moment,
    ) -> Option<String> {
        let starting = self.timings.starting;
        let blue = self.primary()?.id.clone();
        let number = self.code_deploy.as_ref()?.deployments.len().to_string();
        let id = format!("d-{}", identifier::hexadecimal(&["code-deploy", &self.arn, &number], 9).to_ascii_uppercase());
        let kept = self.code_deploy.as_mut()?;
        let group = kept.group.clone();
        let wanted = |name: &&str| group.test_traffic || !name.ends_with("AllowTestTraffic");
        let pending =
            |name| LifecycleEvent { name, status: "Pending", started: None, ended: None, message: String::new() };
        kept.deployments.push(CodeDeployment {
            id: id.clone(),
            configuration: configuration.0,
            traffic: configuration.1,
            description: description.to_owned(),
            revision,
            status: Status::Created,
            error: None,
            created: now,
            started: None,
            completed: None,
            taken_back_by: None,
            takes_back: None,
            events: EVENTS.into_iter().filter(wanted).map(pending).collect(),
            blue,
            green: None,
            weight: 0,
            visit: 0,
            continued: false,
            waits_for_termination: false,
            rolls_back_on: group.rollback_on,
            alarms: group.alarms,
            ready_wait: group.ready_wait,
        });
        self.plan_beat(&id, 0, now.after(starting), Beat::Begins);
        Some(id)
    }

    /// The deployment with this identifier.
    pub fn code_deployment(&mut self, id: &str) -> Option<&mut CodeDeployment> {
        self.code_deploy.as_mut()?.deployments.iter_mut().find(|one| one.id == id)
    }

    /// `StopDeployment`
    pub fn stop_code_deployment(&mut self, id: &str, rolls_back: bool, now: Moment) {
        if let Some(one) = self.code_deployment(id) {
            if rolls_back && !one.rolls_back_on.contains(&RollbackOn::Request) {
                one.rolls_back_on.push(RollbackOn::Request);
            }
            let message = "The deployment was stopped by a user.";
            self.give_up(id, RollbackOn::Request, ("MANUAL_STOP", message), now);
            self.plan_beside(now, Due::Wake);
        }
    }

    /// `ContinueDeployment`
    pub fn continue_code_deployment(&mut self, id: &str, now: Moment) {
        if let Some(one) = self.code_deployment(id) {
            if one.status == Status::Ready {
                one.status = Status::InProgress;
                one.continued = true;
                one.visit += 1;
            } else if one.waits_for_termination {
                let visit = one.visit;
                self.plan_beat(id, visit, now, Beat::Terminate);
            }
            self.plan_beside(now, Due::Wake);
        }
    }

    fn plan_beat(&mut self, id: &str, visit: u32, at: Moment, beat: Beat) {
        self.plan_beside(at, Due::CodeDeploy(id.to_owned(), visit, beat));
    }

    /// Something that was planned for a deployment happens, if it is still where it was.
    pub(in super::super) fn code_deploy_beats(
        &mut self,
        id: &str,
        visit: u32,
        beat: Beat,
        at: Moment,
        world: &dyn Surroundings,
    ) {
        let Some(one) = self.code_deployment(id).filter(|one| one.visit == visit && !one.status.is_over()) else {
            return;
        };
        let name = one.at().unwrap_or_default();
        match beat {
            Beat::Begins => {
                one.status = Status::InProgress;
                one.started = Some(at);
                one.visit += 1;
                let watched = (one.alarms.clone(), one.revision.runs.images());
                self.watch_alarms(id, watched, at, world);
            }
            Beat::Done => one.ends_event("Succeeded", "", at),
            Beat::Shift => self.shift(id, at),
            Beat::HookFailed => {
                let message = format!("The Lambda function of {name} answered Failed.");
                self.code_deploy_fails(id, ("HOOK_EXECUTION_FAILURE", &message), at);
            }
            Beat::TimedOut if name == "Install" => {
                let message = "The deployment timed out while waiting for the replacement task set to become healthy. \
                               This time out period is 60 minutes.";
                self.code_deploy_fails(id, ("TIMEOUT", message), at);
            }
            Beat::TimedOut => {
                let message = format!("The Lambda function of {name} did not answer within 60 minutes.");
                self.code_deploy_fails(id, ("HOOK_EXECUTION_FAILURE", &message), at);
            }
            Beat::ReadyExpires => {
                let message = "The deployment was stopped: traffic was not rerouted before the wait time was over.";
                self.give_up(id, RollbackOn::Request, ("TIMEOUT", message), at);
            }
            Beat::Terminate => {
                one.waits_for_termination = false;
                one.visit += 1;
                let blue = one.blue.clone();
                self.delete_task_set(&blue, at);
            }
        }
    }

    fn watch_alarms(
        &mut self,
        id: &str,
        (alarms, images): (Vec<String>, Vec<String>),
        at: Moment,
        world: &dyn Surroundings,
    ) {
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let place = self.place.clone();
        for alarm in alarms {
            if let Some(after) = world.alarm(&place, &alarm, &images) {
                self.plan_beside(at.after(after), Due::CodeDeployAlarm(id.to_owned(), alarm));
            }
        }
    }

    /// An alarm that a deployment watches goes off.
    pub(in super::super) fn code_deploy_alarm(&mut self, id: &str, alarm: &str, at: Moment) {
        if self.code_deployment(id).is_some_and(|one| !one.status.is_over()) {
            let message = format!("The deployment was stopped because the alarm {alarm} was activated.");
            self.give_up(id, RollbackOn::Alarm, ("ALARM_ACTIVE", &message), at);
        }
    }

    /// Looks whether the newest deployment may go on.
    pub(in super::super) fn follow_code_deploy(&mut self, at: Moment, world: &dyn Surroundings) {
        // an event may be over as soon as it begins: each gets its turn, more is a guard
        for _ in 0..=EVENTS.len() {
            let under_way = |one: &&CodeDeployment| matches!(one.status, Status::InProgress);
            let newest = self.code_deploy.as_ref().and_then(|kept| kept.deployments.last()).filter(under_way);
            let Some(one) = newest.cloned() else { return };
            if one.takes_back.is_some() {
                return self.follow_way_back(&one, at);
            }
            let visit = one.visit;
            match one.at() {
                None => return self.follow_termination(&one, at),
                Some(name) if one.events.iter().any(|event| event.name == name && event.status == "Pending") => {
                    self.begin_event(&one, name, at, world);
                }
                Some("Install") if one.green.as_ref().is_some_and(|green| self.is_task_set_steady(green)) => {
                    if let Some(one) = self.code_deployment(&one.id) {
                        one.ends_event("Succeeded", "", at);
                    }
                }
                Some(_) => return,
            }
            if self.code_deployment(&one.id).is_some_and(|now| now.visit == visit && now.status != Status::Ready) {
                return;
            }
        }
    }

    fn begin_event(&mut self, one: &CodeDeployment, name: &'static str, at: Moment, world: &dyn Surroundings) {
        let before_traffic = matches!(name, "BeforeAllowTraffic");
        if let (true, Some(wait), false) = (before_traffic, one.ready_wait, one.continued) {
            if let Some(one) = self.code_deployment(&one.id) {
                one.status = Status::Ready;
            }
            return self.plan_beat(&one.id, one.visit, at.after(wait), Beat::ReadyExpires);
        }
        if let Some(one) = self.code_deployment(&one.id) {
            for event in one.events.iter_mut().filter(|event| event.name == name) {
                event.status = "InProgress";
                event.started = Some(at);
            }
        }
        let shift = self.timings.shift;
        match name {
            "Install" => {
                let leftovers: Vec<String> = self.deployments.iter().skip(1).map(|left| left.id.clone()).collect();
                for left in leftovers {
                    self.delete_task_set(&left, at);
                }
                let green = self.create_task_set(one.revision.runs.clone(), at);
                if let Some(one) = self.code_deployment(&one.id) {
                    one.green = Some(green);
                }
                self.plan_beat(&one.id, one.visit, at.after(PATIENCE), Beat::TimedOut);
            }
            "AllowTestTraffic" => self.plan_beat(&one.id, one.visit, at.after(shift), Beat::Done),
            "AllowTraffic" => self.plan_beat(&one.id, one.visit, at.after(shift), Beat::Shift),
            _ => match one.revision.hooks.get(name).map(|function| world.hook(&self.place, function, name)) {
                None => {
                    if let Some(one) = self.code_deployment(&one.id) {
                        one.ends_event("Succeeded", "", at);
                    }
                }
                Some(HookEnd::Succeeds(after)) => self.plan_beat(&one.id, one.visit, at.after(after), Beat::Done),
                Some(HookEnd::Fails(after)) => self.plan_beat(&one.id, one.visit, at.after(after), Beat::HookFailed),
                Some(HookEnd::Hangs) => self.plan_beat(&one.id, one.visit, at.after(PATIENCE), Beat::TimedOut),
            },
        }
    }

    fn shift(&mut self, id: &str, at: Moment) {
        let Some(one) = self.code_deployment(id) else { return };
        one.weight = one.traffic.next(one.weight);
        let (weight, visit, every, green) = (one.weight, one.visit, one.traffic.every, one.green.clone());
        if weight < 100 {
            return self.plan_beat(id, visit, at.after(every), Beat::Shift);
        }
        one.ends_event("Succeeded", "", at);
        if let Some(green) = green {
            self.promote_task_set(&green, at);
        }
    }

    /// All events are over: the original task set waits for its end, and then goes.
    fn follow_termination(&mut self, one: &CodeDeployment, at: Moment) {
        let is_there = self.deployments.iter().any(|known| known.id == one.blue);
        let Some(wait) = self.code_deploy.as_ref().map(|kept| kept.group.termination_wait) else { return };
        let id = one.id.clone();
        if !is_there {
            if let Some(one) = self.code_deployment(&id) {
                one.ends(Status::Succeeded, at);
            }
        } else if !one.waits_for_termination && !self.is_task_set_draining(&one.blue) {
            if let Some(one) = self.code_deployment(&id) {
                one.waits_for_termination = true;
            }
            self.plan_beat(&id, one.visit, at.after(wait), Beat::Terminate);
        }
    }

    /// A lifecycle event failed, and the deployment with it.
    fn code_deploy_fails(&mut self, id: &str, (code, message): (&'static str, &str), at: Moment) {
        if let Some(one) = self.code_deployment(id) {
            one.ends_event("Failed", message, at);
        }
        self.give_up(id, RollbackOn::Failure, (code, message), at);
    }

    /// Ends a deployment before its time, and begins the one that takes it back where that is wanted.
    fn give_up(&mut self, id: &str, why: RollbackOn, (code, message): (&'static str, &str), at: Moment) {
        let Some(one) = self.code_deployment(id) else { return };
        one.ends(if why == RollbackOn::Failure { Status::Failed } else { Status::Stopped }, at);
        one.error = Some((code, message.to_owned()));
        if one.takes_back.is_some() || one.green.is_none() || !one.rolls_back_on.contains(&why) {
            return;
        }
        let back = one.clone();
        let Some(revision) =
            self.deployments.iter().find(|known| known.id == back.blue).map(|known| known.revision.clone())
        else {
            return;
        };
        let previous = self.revision_before(&back, revision);
        let configuration = (back.configuration.clone(), back.traffic);
        let Some(next) = self.code_deploy(previous, configuration, "", at) else { return };
        if let Some(one) = self.code_deployment(id) {
            one.taken_back_by = Some((next.clone(), format!("Deployment {id} is rolled back: {message}")));
        }
        if let Some(one) = self.code_deployment(&next) {
            one.takes_back = Some(back.id);
            one.blue.clone_from(&back.blue);
            one.green = back.green;
            one.weight = back.weight;
        }
    }

    /// What was deployed before: from the deployment that brought it, or as the task set has it.
    fn revision_before(&self, failed: &CodeDeployment, runs: Revision) -> RevisionOf {
        let kept = self.code_deploy.iter().flat_map(|kept| kept.deployments.iter());
        let brought = kept.filter(|one| one.id != failed.id).find(|one| one.green.as_ref() == Some(&failed.blue));
        let nothing = || RevisionOf {
            content: String::new(),
            sha256: String::new(),
            runs,
            hooks: std::collections::BTreeMap::new(),
        };
        brought.map_or_else(nothing, |one| one.revision.clone())
    }

    /// Traffic goes back to the original task set, and the replacement goes.
    fn follow_way_back(&mut self, one: &CodeDeployment, at: Moment) {
        let Some(green) = one.green.clone() else { return };
        if self.deployments.iter().all(|known| known.id != green) {
            if let Some(one) = self.code_deployment(&one.id) {
                while one.at().is_some() {
                    one.ends_event("Succeeded", "", at);
                }
                one.ends(Status::Succeeded, at);
            }
        } else if !self.is_task_set_draining(&green) {
            self.promote_task_set(&one.blue, at);
            self.delete_task_set(&green, at);
            if let Some(one) = self.code_deployment(&one.id) {
                one.weight = 0;
            }
        }
    }
}

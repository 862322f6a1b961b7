//! The stages of a deployment that swaps one set of tasks for another: blue/green, linear, canary.
//!
//! A stage is left when its work is done and its hooks are answered. Each visit of a stage has a number, so that what
//! was planned for an earlier one is not taken for it.

use std::time::Duration;

use super::rules::{HookPoint, Strategy, TimeoutAction};
use super::service::Service;
use super::service_deployment::{Cause, ServiceDeployment};
use super::step::Due;
use super::surroundings::{HookEnd, Surroundings};
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// `lifecycleStage`, in AWS's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

impl Lifecycle {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self.point() {
            Some(point) => point.name(),
            None => match self {
                Lifecycle::ScaleUp => "SCALE_UP",
                Lifecycle::BakeTime => "BAKE_TIME",
                _ => "CLEAN_UP",
            },
        }
    }

    /// Where its hooks stand.
    pub fn point(self) -> Option<HookPoint> {
        Some(match self {
            Lifecycle::ReconcileService => HookPoint::ReconcileService,
            Lifecycle::PreScaleUp => HookPoint::PreScaleUp,
            Lifecycle::PostScaleUp => HookPoint::PostScaleUp,
            Lifecycle::TestTrafficShift => HookPoint::TestTrafficShift,
            Lifecycle::PostTestTrafficShift => HookPoint::PostTestTrafficShift,
            Lifecycle::PreProductionTrafficShift => HookPoint::PreProductionTrafficShift,
            Lifecycle::ProductionTrafficShift => HookPoint::ProductionTrafficShift,
            Lifecycle::PostProductionTrafficShift => HookPoint::PostProductionTrafficShift,
            Lifecycle::ScaleUp | Lifecycle::BakeTime | Lifecycle::CleanUp => return None,
        })
    }

    /// The stage that follows; a shift of traffic is followed by the next one while there are more.
    pub fn next(self, more_shifts: bool) -> Option<Lifecycle> {
        Some(match self {
            Lifecycle::ReconcileService => Lifecycle::PreScaleUp,
            Lifecycle::PreScaleUp => Lifecycle::ScaleUp,
            Lifecycle::ScaleUp => Lifecycle::PostScaleUp,
            Lifecycle::PostScaleUp => Lifecycle::TestTrafficShift,
            Lifecycle::TestTrafficShift => Lifecycle::PostTestTrafficShift,
            Lifecycle::PostTestTrafficShift => Lifecycle::PreProductionTrafficShift,
            Lifecycle::PreProductionTrafficShift => Lifecycle::ProductionTrafficShift,
            Lifecycle::ProductionTrafficShift if more_shifts => Lifecycle::PreProductionTrafficShift,
            Lifecycle::ProductionTrafficShift => Lifecycle::PostProductionTrafficShift,
            Lifecycle::PostProductionTrafficShift => Lifecycle::BakeTime,
            Lifecycle::BakeTime => Lifecycle::CleanUp,
            Lifecycle::CleanUp => return None,
        })
    }
}

/// `lifecycleHookDetails[].status`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookStatus {
    AwaitingAction,
    InProgress,
    Succeeded,
    Failed,
    TimedOut,
}

impl HookStatus {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            HookStatus::AwaitingAction => "AWAITING_ACTION",
            HookStatus::InProgress => "IN_PROGRESS",
            HookStatus::Succeeded => "SUCCEEDED",
            HookStatus::Failed => "FAILED",
            HookStatus::TimedOut => "TIMED_OUT",
        }
    }
}

/// A hook at a visit of its stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRun {
    /// `hookId`
    pub id: String,
    /// The Lambda function; none for a PAUSE hook.
    pub function: Option<String>,
    pub status: HookStatus,
    pub expires: Moment,
    pub on_timeout: TimeoutAction,
    /// The visit of a stage that waits for it.
    pub visit: u32,
}

/// How far a swap is.
#[derive(Clone, Debug, Default)]
pub struct Swap {
    /// The visit that it is in.
    pub visit: u32,
    /// Whether that visit's work is done.
    worked: bool,
    /// Production weights still to come, each with the rest after it.
    shifts: Vec<(f64, Duration)>,
}

/// The shifts of production traffic of a strategy, the last first; none for a rolling deployment.
pub fn shifts(strategy: Strategy) -> Vec<(f64, Duration)> {
    let mut shifts = match strategy {
        Strategy::Rolling => return Vec::new(),
        Strategy::BlueGreen => Vec::new(),
        Strategy::Linear { step, bake } => {
            let mut steps = Vec::new();
            // steps are multiples of a tenth of a percent: counted in those, sums are exact
            let mut weight = step;
            while weight < 99.95 && steps.len() < 1000 {
                steps.push(((weight * 10.0).round() / 10.0, bake));
                weight += step;
            }
            steps
        }
        Strategy::Canary { percent, bake } => vec![(percent, bake)],
    };
    shifts.push((100.0, Duration::ZERO));
    shifts.reverse();
    shifts
}

impl Service {
    /// The service deployment that swaps at present, if one does.
    pub fn swapping(&self) -> Option<&ServiceDeployment> {
        self.current().filter(|current| current.swap.is_some() && current.status.goes_on())
    }

    fn swap_of(&mut self, id: &str) -> Option<(&mut ServiceDeployment, Swap)> {
        let current = self.history.last_mut().filter(|current| current.id == id && current.status.goes_on())?;
        let swap = current.swap.clone()?;
        Some((current, swap))
    }

    /// Begins the stages of a swap.
    pub(super) fn begin_swap(&mut self, id: &str, at: Moment, world: &dyn Surroundings) {
        let strategy = self.rules.strategy;
        let Some((current, _)) = self.swap_of(id) else {
            return;
        };
        current.swap = Some(Swap { shifts: shifts(strategy), ..Swap::default() });
        current.weights = Some((0.0, 0.0));
        let first = if current.sources.len() > 1 { Lifecycle::ReconcileService } else { Lifecycle::PreScaleUp };
        self.enter_stage(id, first, at, world);
    }

    fn enter_stage(&mut self, id: &str, stage: Lifecycle, at: Moment, world: &dyn Surroundings) {
        let (shift, bake) = (self.timings.shift, self.rules.bake);
        let hooks = self.rules.hooks.clone();
        let place = self.place.clone();
        let Some((current, mut swap)) = self.swap_of(id) else {
            return;
        };
        swap.visit += 1;
        swap.worked = false;
        let visit = swap.visit;
        current.stage = Some(stage);
        current.updated = at;
        current.swap = Some(swap);
        let mut planned = Vec::new();
        for (number, hook) in hooks.iter().enumerate() {
            if !stage.point().is_some_and(|point| hook.points.contains(&point)) {
                continue;
            }
            let hook_id = identifier::uuid(&["hook", id, &visit.to_string(), &number.to_string()]);
            let expires = at.after(hook.timeout);
            planned.push((expires, Due::HookExpires(id.to_owned(), hook_id.clone())));
            if let Some(function) = &hook.function {
                match world.hook(&place, function, stage.name()) {
                    HookEnd::Succeeds(after) => {
                        planned.push((at.after(after), Due::HookEnds(id.to_owned(), hook_id.clone(), true)));
                    }
                    HookEnd::Fails(after) => {
                        planned.push((at.after(after), Due::HookEnds(id.to_owned(), hook_id.clone(), false)));
                    }
                    HookEnd::Hangs => {}
                }
            }
            current.hooks.push(HookRun {
                id: hook_id,
                status: if hook.function.is_some() { HookStatus::InProgress } else { HookStatus::AwaitingAction },
                function: hook.function.clone(),
                expires,
                on_timeout: hook.on_timeout,
                visit,
            });
        }
        let worked = Due::Worked(id.to_owned(), visit);
        match stage {
            // when the new tasks are healthy, and when the old ones are gone: see `follow`
            Lifecycle::ScaleUp | Lifecycle::CleanUp => {}
            Lifecycle::TestTrafficShift | Lifecycle::ProductionTrafficShift => planned.push((at.after(shift), worked)),
            Lifecycle::BakeTime => planned.push((at.after(bake), worked)),
            _ => planned.push((at, worked)),
        }
        for (at, due) in planned {
            self.plan_beside(at, due);
        }
    }

    /// The work of a visit is done, or its rest.
    pub(super) fn stage_worked(&mut self, id: &str, visit: u32, at: Moment, world: &dyn Surroundings) {
        let Some((current, mut swap)) = self.swap_of(id).filter(|(_, swap)| swap.visit == visit) else {
            return;
        };
        let stage = current.stage;
        let (test, production) = current.weights.unwrap_or_default();
        let mut rest = Duration::ZERO;
        match stage {
            Some(Lifecycle::TestTrafficShift) => current.weights = Some((100.0, production)),
            Some(Lifecycle::ProductionTrafficShift) if !swap.worked => {
                if let Some((weight, bake)) = swap.shifts.pop() {
                    current.weights = Some((test, weight));
                    rest = bake;
                }
            }
            _ => {}
        }
        swap.worked = true;
        current.updated = at;
        current.swap = Some(swap);
        if rest.is_zero() {
            self.leave_stage(id, at, world);
        } else {
            self.plan_beside(at.after(rest), Due::Worked(id.to_owned(), visit));
        }
    }

    /// Goes on to the next stage when nothing holds this one.
    fn leave_stage(&mut self, id: &str, at: Moment, world: &dyn Surroundings) {
        let Some((current, swap)) = self.swap_of(id).filter(|(_, swap)| swap.worked) else {
            return;
        };
        let held = |run: &HookRun| {
            run.visit == swap.visit && matches!(run.status, HookStatus::AwaitingAction | HookStatus::InProgress)
        };
        if current.hooks.iter().any(held) {
            return;
        }
        let next = current.stage.and_then(|stage| stage.next(!swap.shifts.is_empty()));
        if let Some(next) = next {
            self.enter_stage(id, next, at, world);
        }
    }

    /// A Lambda hook has ended.
    pub(super) fn hook_ends(&mut self, id: &str, hook: &str, succeeds: bool, at: Moment, world: &dyn Surroundings) {
        let status = if succeeds { HookStatus::Succeeded } else { HookStatus::Failed };
        self.answer_hook(id, hook, status, succeeds, at, world);
    }

    /// A hook that nobody answered in time.
    pub(super) fn hook_expires(&mut self, id: &str, hook: &str, at: Moment, world: &dyn Surroundings) {
        let on_timeout = self
            .swap_of(id)
            .and_then(|(current, _)| current.hooks.iter().find(|run| run.id == hook).map(|run| run.on_timeout));
        let goes_on = on_timeout == Some(TimeoutAction::Continue);
        self.answer_hook(id, hook, HookStatus::TimedOut, goes_on, at, world);
    }

    fn answer_hook(
        &mut self,
        id: &str,
        hook: &str,
        status: HookStatus,
        goes_on: bool,
        at: Moment,
        world: &dyn Surroundings,
    ) {
        let Some((current, _)) = self.swap_of(id) else {
            return;
        };
        let mut runs = current.hooks.iter_mut();
        let open = [HookStatus::AwaitingAction, HookStatus::InProgress];
        let Some(run) = runs.find(|run| run.id == hook && open.contains(&run.status)) else {
            return;
        };
        run.status = status;
        if goes_on {
            return self.leave_stage(id, at, world);
        }
        let stage = current.stage.map_or("", Lifecycle::name);
        let what = if status == HookStatus::TimedOut { "timed out" } else { "failed" };
        let reason = format!("Lifecycle hook at {stage} {what}");
        self.fail(Cause::Hook, &reason, true, at);
    }

    /// `ContinueServiceDeployment`: a person answers a PAUSE hook; whether there is such a one that waits.
    pub fn answer_pause(&mut self, id: &str, hook: &str, action: TimeoutAction, now: Moment) -> bool {
        let Some((current, _)) = self.swap_of(id) else {
            return false;
        };
        let mut runs = current.hooks.iter_mut();
        let Some(run) = runs.find(|run| run.id == hook && run.status == HookStatus::AwaitingAction) else {
            return false;
        };
        match action {
            TimeoutAction::Continue => {
                run.status = HookStatus::Succeeded;
                self.plan_beside(now, Due::LeaveStage(id.to_owned()));
            }
            TimeoutAction::Rollback => {
                run.status = HookStatus::Failed;
                let stage = current.stage.map_or("", Lifecycle::name);
                let reason = format!("Service deployment was rolled back at the paused lifecycle hook of {stage}");
                self.fail(Cause::Stopped, &reason, true, now);
                self.plan_beside(now, Due::Wake);
            }
        }
        true
    }

    /// Somebody answered: goes on if nothing else holds the stage.
    pub(super) fn may_leave_stage(&mut self, id: &str, at: Moment, world: &dyn Surroundings) {
        self.leave_stage(id, at, world);
    }

    /// Looks whether a stage that waits for tasks has what it waits for.
    pub(super) fn follow_swap(&mut self, at: Moment) {
        let Some(counts) = self.counts(at) else {
            return;
        };
        let up = counts.fresh >= counts.desired && counts.fresh_healthy >= counts.desired;
        let Some(id) = self.swapping().map(|current| current.id.clone()) else {
            return;
        };
        let Some((current, mut swap)) = self.swap_of(&id) else {
            return;
        };
        if current.stage == Some(Lifecycle::ScaleUp) && up && !swap.worked {
            swap.worked = true;
            let visit = swap.visit;
            current.swap = Some(swap);
            self.plan_beside(at, Due::Worked(id, visit));
        }
    }
}

//! Tasks of anybody: listed, stopped, and what they have logged.

use super::Service;
use crate::domain::duration::Span;
use crate::effects::fault::Fault;
use crate::release::tasks::{self, Command, Place, Wanted};
use crate::script::bindings::aws::Session;
use crate::script::host::{Host, Outcome};
use crate::script::json::to_dynamic;
use crate::script::options::options;
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Array, Map};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which tasks are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TasksOptions {
    service: Option<String>,
    family: Option<String>,
    started_by: Option<String>,
    status: Wanted,
}

/// Why tasks are stopped.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopOptions {
    reason: Option<String>,
}

/// Which log is read, and how much of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogOptions {
    container: Option<String>,
    lines: Option<u32>,
}

/// Where and how a command is executed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExecOptions {
    container: Option<String>,
    terminal: bool,
    timeout: Option<Span>,
}

/// So long a command may take where nothing is said.
const TIMEOUT: Duration = Duration::from_mins(10);

/// So many lines are read where nothing is said.
const LINES: u32 = 100;

fn place(session: &Session, cluster: &str) -> Place {
    Place { session: session.0.clone(), cluster: cluster.to_owned() }
}

fn listed(ctx: &NativeCallContext, place: Place, filter: BTreeMap<String, String>, wanted: Wanted) -> Outcome<Array> {
    let host = Host::of(ctx)?;
    host.run(ctx, move |gateway| async move { tasks::list(&gateway, &place, &filter, wanted).await }).map(array)
}

/// A list that has the methods of Rhai's own.
fn array(items: Vec<Value>) -> Array {
    items.into_iter().map(to_dynamic).collect()
}

/// Tasks.
#[export_module]
pub mod listing {
    use super::*;

    /// The tasks that a cluster should run. See `tasks` with options.
    ///
    /// ```rhai
    /// let all = ecs::tasks(aws::session("prod"), "prod");
    /// log::info(`${all.len()} tasks run`);
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn tasks(ctx: NativeCallContext, session: Session, cluster: &str) -> Outcome<Array> {
        listed(&ctx, place(&session, cluster), BTreeMap::new(), Wanted::Running)
    }

    /// The tasks of a cluster, each with `id`, `arn`, `task_definition`, `status`, `wanted`, `health`, `group`,
    /// `started_by`, `started_at`, `stopped_at`, `stop_code`, `stopped_reason` and `containers` (`name`, `status`, `health`,
    /// `image`, `digest`, `exit_code`, `reason`).
    ///
    /// * `service`, `family` or `started_by`: only theirs; ECS takes `started_by` with no other, and only of running tasks
    /// * `status`: `"running"`, `"stopped"` (what ECS wants of them: those that drain too, and an hour back) or `"all"`
    ///
    /// ```rhai
    /// for task in ecs::tasks(aws::session("prod"), "prod", #{ family: "web", status: "stopped" }) {
    ///     log::info(`${task.id} ${task.stopped_reason ?? ""}`);
    /// }
    /// ```
    #[rhai_fn(name = "tasks", return_raw, volatile)]
    pub fn tasks_by(ctx: NativeCallContext, session: Session, cluster: &str, which: Map) -> Outcome<Array> {
        let which: TasksOptions = options(&ctx, which)?;
        if which.started_by.is_some()
            && (which.status != Wanted::Running || which.family.is_some() || which.service.is_some())
        {
            let fault = Fault::usage("tasks: ECS takes `started_by` with no other filter, and only of running tasks");
            return Err(raise(&ctx, fault.hint("leave the others out, and look at `started_by` of what is listed")));
        }
        let named = [("serviceName", which.service), ("family", which.family), ("startedBy", which.started_by)];
        let filter = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        listed(&ctx, place(&session, cluster), filter, which.status)
    }

    /// The tasks that the service should run, as `ecs::tasks` gives them.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// for task in web.tasks() { log::info(`${task.id} ${task.status}`); }
    /// ```
    #[rhai_fn(global, name = "tasks", return_raw, volatile, pure)]
    pub fn tasks_of(ctx: NativeCallContext, service: &mut Service) -> Outcome<Array> {
        tasks_of_as(ctx, service, Map::new())
    }

    /// The tasks of the service, as `ecs::tasks` gives them.
    ///
    /// * `status`: `"running"`, `"stopped"` (those that drain too, and an hour back) or `"all"`
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// log::info(`${web.tasks(#{ status: "stopped" }).len()} tasks have stopped`);
    /// ```
    #[rhai_fn(global, name = "tasks", return_raw, volatile, pure)]
    pub fn tasks_of_as(ctx: NativeCallContext, service: &mut Service, which: Map) -> Outcome<Array> {
        let which: OfService = options(&ctx, which)?;
        let place = Place { session: service.0.session.clone(), cluster: service.0.cluster.clone() };
        let filter = BTreeMap::from([("serviceName".to_owned(), service.0.name.clone())]);
        listed(&ctx, place, filter, which.status)
    }

    /// Stops tasks, by their ids or ARNs. A service starts others in their place.
    ///
    /// ```rhai
    /// let prod = aws::session("prod");
    /// let jobs = ecs::tasks(prod, "prod", #{ family: "job" });
    /// ecs::stop_tasks(prod, "prod", jobs.map(|task| task.id));
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn stop_tasks(ctx: NativeCallContext, session: Session, cluster: &str, tasks: Array) -> Outcome<()> {
        stop_tasks_as(ctx, session, cluster, tasks, Map::new())
    }

    /// Stops tasks, by their ids or ARNs.
    ///
    /// * `reason`: why, which ECS keeps with each
    ///
    /// ```rhai
    /// ecs::stop_tasks(aws::session("prod"), "prod", ["784b7521e480c64b7d59b77d3582de94"], #{ reason: "it hangs" });
    /// ```
    #[rhai_fn(name = "stop_tasks", return_raw, volatile)]
    pub fn stop_tasks_as(
        ctx: NativeCallContext,
        session: Session,
        cluster: &str,
        tasks: Array,
        how: Map,
    ) -> Outcome<()> {
        let how: StopOptions = options(&ctx, how)?;
        let mut ids = Vec::with_capacity(tasks.len());
        for one in tasks {
            let kind = one.type_name();
            ids.push(one.into_string().map_err(|_| {
                let fault = Fault::usage(format!("stop_tasks: a task is named by a text, not by {kind}"));
                raise(&ctx, fault.hint("give it ids or ARNs: `tasks.map(|task| task.id)`"))
            })?);
        }
        let (place, reason) = (place(&session, cluster), how.reason.unwrap_or_else(|| "stopped by gantry".to_owned()));
        Host::of(&ctx)?.run(&ctx, move |gateway| async move { tasks::stop(&gateway, &place, &ids, &reason).await })
    }

    /// Executes a command in a task that runs. See `exec` with options.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// let lines = ecs::exec(aws::session("prod"), "prod", web.tasks()[0].id, "bin/check --all");
    /// if lines.contains("FAILED") { throw "the check failed"; }
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn exec(ctx: NativeCallContext, session: Session, cluster: &str, task: &str, command: &str) -> Outcome<Array> {
        exec_as(ctx, session, cluster, task, command, Map::new())
    }

    /// Executes a command in a task that runs, and gives the lines that it printed, which are told as well. The service, or the
    /// task, was started with `enableExecuteCommand`, and this machine has AWS's `session-manager-plugin`.
    ///
    /// ECS does not tell how a command ended: what matters has to be printed. A plan and a rehearsal know nothing of what it
    /// prints, and have no lines. One that is cut is not executed again by a run that is gone on with.
    ///
    /// * `container`: in which one, where the task has several
    /// * `terminal`: whether it has the terminal, as a shell wants; nothing is given back then
    /// * `timeout`: how long it may take without a terminal; `"10m"`
    ///
    /// ```rhai
    /// let prod = aws::session("prod");
    /// let task = ecs::tasks(prod, "prod", #{ service: "web" })[0];
    /// for line in ecs::exec(prod, "prod", task.id, "cat /app/VERSION", #{ container: "app" }) { log::info(line); }
    /// ```
    #[rhai_fn(name = "exec", return_raw, volatile)]
    pub fn exec_as(
        ctx: NativeCallContext,
        session: Session,
        cluster: &str,
        task: &str,
        command: &str,
        how: Map,
    ) -> Outcome<Array> {
        let ExecOptions { container, terminal, timeout } = options(&ctx, how)?;
        let (place, task) = (place(&session, cluster), task.to_owned());
        let timeout = timeout.map_or(TIMEOUT, Span::get);
        let timeout_millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let command = Command { text: command.to_owned(), container, terminal, timeout_millis };
        let host = Host::of(&ctx)?;
        host.run(&ctx, move |gateway| async move { tasks::execute(&gateway, &place, &task, command).await }).map(array)
    }

    /// The last lines that a container of a task has logged to `CloudWatch` Logs, each with `at` (milliseconds since 1970)
    /// and `line`.
    ///
    /// * `container`: which one, where the task has several
    /// * `lines`: how many at the most; 100
    ///
    /// ```rhai
    /// let prod = aws::session("prod");
    /// for task in ecs::tasks(prod, "prod", #{ family: "job", status: "stopped" }) {
    ///     for event in ecs::task_log(prod, "prod", task.id, #{ lines: 20 }) { log::info(event.line); }
    /// }
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn task_log(ctx: NativeCallContext, session: Session, cluster: &str, task: &str, how: Map) -> Outcome<Array> {
        let how: LogOptions = options(&ctx, how)?;
        let (place, task) = (place(&session, cluster), task.to_owned());
        let limit = how.lines.unwrap_or(LINES).clamp(1, 10_000);
        let host = Host::of(&ctx)?;
        host.run(&ctx, move |gateway| async move {
            tasks::log(&gateway, &place, &task, how.container.as_deref(), limit).await
        })
        .map(array)
    }
}

/// Which tasks of a service are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfService {
    status: Wanted,
}

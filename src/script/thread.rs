//! The thread a script runs on, and the lane by which its calls reach the runtime.
//!
//! The runtime awaits each message of a script through `spawn_blocking`. That is what makes tokio's paused clock stand
//! while a script computes, and run ahead while one of its calls sleeps.

use futures_util::FutureExt;
use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A debug build needs more than 4 MiB for 60 nested script calls; memory that is not touched costs nothing.
const STACK_BYTES: usize = 32 << 20;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;
type Job = Box<dyn FnOnce() -> Work + Send>;

thread_local! {
    /// The way from this script thread to the runtime that awaits it.
    static LANE: RefCell<Option<Sender<Job>>> = const { RefCell::new(None) };
}

/// Why no answer came from a thread or from the runtime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The code panicked with this message.
    #[error("it panicked: {0}")]
    Panic(String),
    /// The operating system gave no thread.
    #[error("no thread could be started: {0}")]
    Spawn(String),
    /// The run has been given up, or this thread is not one that a run awaits.
    #[error("no runtime awaits this thread")]
    Abandoned,
}

/// Runs `script` on a thread of its own with a big stack, serves the jobs it submits, and gives its result.
pub async fn on_script_thread<T, F>(script: F) -> Result<T, Broken>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (lane, jobs) = channel();
    let body = move || {
        LANE.set(Some(lane));
        let result = script();
        LANE.set(None);
        result
    };
    let thread = std::thread::Builder::new()
        .name("script".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(body)
        .map_err(|error| Broken::Spawn(error.to_string()))?;
    serve(jobs).await?;
    let joined = tokio::task::spawn_blocking(move || thread.join()).await.map_err(|_| Broken::Abandoned)?;
    joined.map_err(|panic| Broken::Panic(message(panic.as_ref())))
}

/// Runs `work` on a thread with a big stack and waits for it: for compiling, which recurses as deeply as a script does.
pub fn on_big_stack<T, F>(work: F) -> Result<T, Broken>
where
    T: Send,
    F: FnOnce() -> T + Send,
{
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| Broken::Spawn(error.to_string()))?;
        thread.join().map_err(|panic| Broken::Panic(message(panic.as_ref())))
    })
}

/// Has the runtime that awaits this script thread do `work`, and blocks until it is done.
pub fn submit<T, F, Fut>(work: F) -> Result<T, Broken>
where
    T: Send + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    let lane = LANE.with_borrow(Clone::clone).ok_or(Broken::Abandoned)?;
    let (answer, answered) = channel();
    let job: Job = Box::new(move || {
        Box::pin(async move {
            let result = AssertUnwindSafe(async { work().await }).catch_unwind().await;
            // Nobody listens any more only if the script thread is gone.
            let _ = answer.send(result.map_err(|panic| Broken::Panic(message(panic.as_ref()))));
        })
    });
    lane.send(job).map_err(|_| Broken::Abandoned)?;
    answered.recv().unwrap_or(Err(Broken::Abandoned))
}

async fn serve(mut jobs: Receiver<Job>) -> Result<(), Broken> {
    loop {
        let received = tokio::task::spawn_blocking(move || (jobs.recv(), jobs)).await;
        let (job, back) = received.map_err(|_| Broken::Abandoned)?;
        jobs = back;
        match job {
            Ok(job) => job().await,
            // The script thread has ended.
            Err(_) => return Ok(()),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

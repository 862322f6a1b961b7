//! The threads a script runs on, and the lane by which their calls reach the runtime.
//!
//! A script has one thread, and one more for each branch of a parallel step. The runtime awaits their messages through
//! `spawn_blocking` as long as any of them computes. That is what makes tokio's paused clock stand while a script
//! computes, and run ahead while all of its threads wait for calls.

mod lane;
mod serve;

use futures_util::FutureExt;
use lane::{Lane, Message, Turn};
use serve::serve;
use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::channel;

/// A debug build needs more than 4 MiB for 60 nested script calls; memory that is not touched costs nothing.
const STACK_BYTES: usize = 32 << 20;

/// What a script thread has the runtime do for it.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;
type Job = Box<dyn FnOnce() -> Work + Send>;

thread_local! {
    /// The way from this script thread to the runtime that awaits it.
    static LANE: RefCell<Option<Lane>> = const { RefCell::new(None) };
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

/// Runs `script` on a thread of its own with a big stack, serves the jobs that it and its branches submit, and gives
/// its result.
pub async fn on_script_thread<T, F>(script: F) -> Result<T, Broken>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, messages) = channel();
    let body = move || {
        LANE.set(Some(Lane::new(sender)));
        let result = script();
        LANE.set(None);
        result
    };
    let thread = big_thread().spawn(body).map_err(|error| Broken::Spawn(error.to_string()))?;
    serve(messages).await?;
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
        let thread = big_thread().spawn_scoped(scope, work).map_err(|error| Broken::Spawn(error.to_string()))?;
        thread.join().map_err(|panic| Broken::Panic(message(panic.as_ref())))
    })
}

/// Runs each of `branches` on a thread of its own with a big stack, beside the others, and waits for all of them.
///
/// # Errors
/// Of a branch: it panicked, or got no thread. Of all: this is no script thread.
pub fn fork<T, F>(branches: Vec<F>) -> Result<Vec<Result<T, Broken>>, Broken>
where
    T: Send,
    F: FnOnce() -> T + Send,
{
    if branches.is_empty() {
        return Ok(Vec::new());
    }
    let lane = LANE.with_borrow(Clone::clone).ok_or(Broken::Abandoned)?;
    lane.send(Message::Forked(branches.len()))?;
    let left = AtomicUsize::new(branches.len());
    let results = std::thread::scope(|scope| {
        let begin = |(index, branch): (usize, F)| {
            let lane = lane.branch(index);
            // ends with the thread, also when it panics or never begins
            let turn = Turn::new(lane.clone(), &left);
            let body = move || {
                let _turn = turn;
                LANE.set(Some(lane));
                let result = branch();
                LANE.set(None);
                result
            };
            big_thread().spawn_scoped(scope, body).map_err(|error| Broken::Spawn(error.to_string()))
        };
        let threads: Vec<_> = branches.into_iter().enumerate().map(begin).collect();
        let end = |thread: Result<std::thread::ScopedJoinHandle<'_, T>, Broken>| {
            thread?.join().map_err(|panic| Broken::Panic(message(panic.as_ref())))
        };
        threads.into_iter().map(end).collect()
    });
    LANE.with_borrow_mut(|lane| lane.as_mut().map(Lane::joined));
    Ok(results)
}

/// Has the runtime that awaits this script thread tell something, in the order of branches where that matters; it is
/// told at once where no runtime does.
pub fn say(telling: impl FnOnce() + Send + 'static) {
    match LANE.with_borrow(Clone::clone) {
        Some(lane) => lane.say(Box::new(telling)),
        None => telling(),
    }
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
    lane.submit(job)?;
    answered.recv().unwrap_or(Err(Broken::Abandoned))
}

fn big_thread() -> std::thread::Builder {
    std::thread::Builder::new().name("script".to_owned()).stack_size(STACK_BYTES)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

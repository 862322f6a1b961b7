//! `time`: the clock, dates in a zone, pauses.

use super::{Handle, Property};
use crate::domain::duration::Span;
use crate::domain::wanted_time::{self, WantedTime};
use crate::effects::call::{Call, HostCall};
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::script::host::{Outcome, perform};
use crate::script::thrown::raise;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use rhai::plugin::*;

/// A moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Timestamp(pub jiff::Timestamp);

impl Handle for Timestamp {
    const NAME: &'static str = "Timestamp";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "iso", help: "`2026-07-25T03:00:00Z`", get: |time| time.0.to_string().into() },
        Property { name: "millis", help: "milliseconds since 1970, UTC", get: |time| time.0.as_millisecond().into() },
    ];

    fn text(&self) -> String {
        self.0.to_string()
    }
}

fn now(ctx: &NativeCallContext) -> Outcome<Timestamp> {
    let millis = perform(ctx, Call::Host(HostCall::Now), Reply::instant)?;
    let time = jiff::Timestamp::from_millisecond(millis);
    time.map(Timestamp).map_err(|error| raise(ctx, Fault::internal(format!("the clock says {millis}: {error}"))))
}

fn zone(ctx: &NativeCallContext, name: &str) -> Outcome<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        let fault = Fault::usage(format!("there is no time zone `{name}`"));
        raise(ctx, fault.hint("zones are named like `UTC`, `Asia/Tokyo` or `Europe/Berlin`"))
    })
}

fn written(ctx: &NativeCallContext, time: &Timestamp, zone_name: &str, format: &str) -> Outcome<String> {
    let zoned = time.0.to_zoned(zone(ctx, zone_name)?);
    strtime::format(format, &zoned).map_err(|error| {
        let fault = Fault::usage(format!("the format `{format}` cannot be used: {error}"));
        raise(ctx, fault.hint("formats are those of strftime: `%Y%m%d` gives 20260725, `%H:%M` gives 03:00"))
    })
}

fn millis(ctx: &NativeCallContext, text: &str) -> Outcome<u64> {
    let length = Span::parse(text).map_err(|error| raise(ctx, Fault::usage(error.to_string())))?;
    Ok(u64::try_from(length.get().as_millis()).unwrap_or(u64::MAX))
}

/// Waits until the time that `text` says, in the zone that it or `zone_name` names.
fn wait(ctx: &NativeCallContext, text: &str, zone_name: Option<&str>) -> Outcome<()> {
    let wrong = |message: String| {
        let forms = "write `02:00 Asia/Tokyo`, `2026-11-21 02:00 Asia/Tokyo` or `2026-11-21T02:00:00+09:00`";
        raise(ctx, Fault::usage(message).hint(forms))
    };
    let wanted = WantedTime::parse(text, zone_name).map_err(|error| wrong(error.to_string()))?;
    let (at, told) = match wanted {
        WantedTime::Instant(at) => (at, text.trim().to_owned()),
        WantedTime::Clock { date, time, zone: name } => {
            let zone = zone(ctx, &name)?;
            let at = wanted_time::instant(date, time, &zone, now(ctx)?.0)
                .map_err(|why| wrong(format!("`{text}` cannot be waited for: {why}")))?;
            (at.timestamp(), wanted_time::told(&at, &name))
        }
    };
    perform(ctx, Call::Host(HostCall::WaitUntil { at_millis: at.as_millisecond(), told }), |_| Ok(()))
}

/// The clock of the run (simulated in a rehearsal), dates in a zone, and pauses.
#[export_module]
pub mod time {
    use super::*;

    /// The present moment.
    ///
    /// ```rhai
    /// log::info(`it is ${time::now()}`);
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn now(ctx: NativeCallContext) -> Outcome<Timestamp> {
        super::now(&ctx)
    }

    /// Today's date in a time zone: `2026-07-25`.
    ///
    /// ```rhai
    /// let date = time::today("Asia/Tokyo");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn today(ctx: NativeCallContext, zone: &str) -> Outcome<String> {
        written(&ctx, &super::now(&ctx)?, zone, "%Y-%m-%d")
    }

    /// Today in a time zone, in a format of strftime.
    ///
    /// ```rhai
    /// let tag = time::today("Asia/Tokyo", "%Y%m%d");
    /// ```
    #[rhai_fn(name = "today", return_raw, volatile)]
    pub fn today_as(ctx: NativeCallContext, zone: &str, format: &str) -> Outcome<String> {
        written(&ctx, &super::now(&ctx)?, zone, format)
    }

    /// A moment in a time zone, in a format of strftime.
    ///
    /// ```rhai
    /// log::info(time::now().format("Europe/Berlin", "%H:%M"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn format(ctx: NativeCallContext, time: &mut Timestamp, zone: &str, format: &str) -> Outcome<String> {
        written(&ctx, time, zone, format)
    }

    /// Pauses the script: `5s`, `10m`, `1h30m`.
    ///
    /// ```rhai
    /// time::sleep("5s");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn sleep(ctx: NativeCallContext, duration: &str) -> Outcome<()> {
        perform(&ctx, Call::Host(HostCall::Pause { millis: millis(&ctx, duration)? }), |_| Ok(()))
    }

    /// Waits until a time: the next `02:00 Asia/Tokyo`, that of a day (`2026-11-21 02:00 Asia/Tokyo`), or an instant
    /// (`2026-11-21T02:00:00+09:00`). A run that was stopped meanwhile waits for the same instant when it is gone on
    /// with; one that has passed is not waited for. A time that clocks skip when they are set forward is taken as
    /// the same time after the skip (02:30 becomes 03:30); of one that they show twice, the first is meant.
    ///
    /// ```rhai
    /// time::wait_until("02:00 Asia/Tokyo");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn wait_until(ctx: NativeCallContext, when: &str) -> Outcome<()> {
        wait(&ctx, when, None)
    }

    /// Waits until a time whose zone is given beside it.
    ///
    /// ```rhai
    /// time::wait_until("02:00", "Asia/Tokyo");
    /// ```
    #[rhai_fn(name = "wait_until", return_raw, volatile)]
    pub fn wait_until_in(ctx: NativeCallContext, when: &str, zone: &str) -> Outcome<()> {
        wait(&ctx, when, Some(zone))
    }

    /// The milliseconds of a duration: `5s`, `10m`, `1h30m`.
    ///
    /// ```rhai
    /// let half = time::parse_duration("15m") / 2;
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse_duration(ctx: NativeCallContext, duration: &str) -> Outcome<i64> {
        Ok(i64::try_from(millis(&ctx, duration)?).unwrap_or(i64::MAX))
    }

    /// Whether a moment is before another.
    ///
    /// ```rhai
    /// let early = time::now() < time::now();
    /// ```
    #[rhai_fn(global, name = "<")]
    pub fn before(a: Timestamp, b: Timestamp) -> bool {
        a.0 < b.0
    }

    /// Whether a moment is after another.
    ///
    /// ```rhai
    /// let late = time::now() > time::now();
    /// ```
    #[rhai_fn(global, name = ">")]
    pub fn after(a: Timestamp, b: Timestamp) -> bool {
        a.0 > b.0
    }
}

//! `gantry sandbox`: a world for strangers, until it is told to end.

use super::args::Served;
use super::compose::RehearsedWorld;
use super::compose::sandbox::{Directory, Tell};
use super::exit::Exit;
use super::output::{Format, Manner};
use super::{interrupt, print, show, start};
use crate::effects::fault::Fault;
use serde_json::json;
use std::sync::Arc;

/// Serves a world until SIGINT or SIGTERM. That it listens is said on stdout, with all that is needed to reach it.
pub fn served(asked: &Served, manner: Manner) -> Exit {
    start::in_runtime(start::Clockwork::Wall, manner, async {
        match serve(asked, manner).await {
            Ok(()) => Exit::Done,
            Err(fault) => {
                show::fault(&fault, manner);
                Exit::of(Some(&fault), false)
            }
        }
    })
}

async fn serve(asked: &Served, manner: Manner) -> Result<(), Fault> {
    let world = RehearsedWorld::load(&asked.world)?;
    let ended = interrupt::signalled()?;
    let sandbox = world.open(asked.port, asked.speed).await?;
    match manner.format {
        Format::Text => print::result(lines(&sandbox.directory).trim_end()),
        Format::Json => print::result(&json!(sandbox.directory).to_string()),
    }
    tokio::select! {
        () = sandbox.serve(manner.verbose.then(|| teller(manner.format))) => {}
        () = ended => {}
    }
    Ok(())
}

/// The directory as a shell can read it.
fn lines(directory: &Directory) -> String {
    let Directory { endpoint, state, speed, accounts, registries } = directory;
    let head = format!("# AWS: {endpoint} (speed {speed}); the world's state: {state}\n");
    let accounts = accounts.iter().map(|account| {
        format!(
            "\n# {name}: account {id}, {region}, registry {host} at {address}\n\
             export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region} AWS_DEFAULT_REGION={region} \
             AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}\n",
            name = account.name,
            id = account.account,
            region = account.region,
            host = account.registry,
            address = account.registry_address,
            key = account.access_key_id,
            secret = account.secret_access_key,
        )
    });
    let registries = registries.iter().map(|registry| {
        format!("# [registries.\"{}\"]\n# endpoint = \"http://{}\"\n", registry.host, registry.address)
    });
    [head].into_iter().chain(accounts).chain(["\n# gantry.toml:\n".to_owned()]).chain(registries).collect()
}

fn teller(format: Format) -> Tell {
    Arc::new(move |asked, became| match (format, became) {
        (Format::Text, Ok(status)) => print::aside(&format!("{asked} {status}")),
        (Format::Text, Err(why)) => print::aside(&format!("{asked} not answered: {why}")),
        (Format::Json, became) => print::aside(
            &json!({ "event": "request", "asked": asked, "status": became.ok(), "unanswered": became.err() })
                .to_string(),
        ),
    })
}

//! From the world file to what the servers start from: accounts, registries and faults; images
//! and services have files of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::faults::{ApiFault, ContainerFault};
use super::layer::{self, Layer};
use super::meanwhile::Meanwhile;
use super::schema::{AccountTable, AvailabilityName, FillerTable, ImageTable, RegistryTable, WorldFile};
use super::troubles::Troubles;
use super::{Account, Seed, World, WorldError, files, image, quantity, runs, scaling, services, values};
use crate::rehearsal::ecs::{Availability, Realm};
use crate::rehearsal::estate::Estate;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::registry::{Access, Registry, Repository};

/// Reads and builds a world.
///
/// # Errors
/// The first mistake, named.
pub fn load(path: &Path) -> Result<World, WorldError> {
    let text = files::text(path).map_err(|error| {
        WorldError::new(
            path,
            "world",
            format!("the world file cannot be read ({error}): put it beside the script, or name another"),
        )
    })?;
    build(path, &text)
}

/// Builds a world from the text of its file.
///
/// # Errors
/// The first mistake, named.
pub fn build(path: &Path, text: &str) -> Result<World, WorldError> {
    let file: WorldFile = toml::from_str(text).map_err(|error| WorldError::new(path, "", format!("{error}")))?;
    let mut builder = Builder::begin(path, &file)?;
    builder.availability = match file.service_deployments {
        AvailabilityName::Present => Availability::Present,
        AvailabilityName::Missing => Availability::Missing,
        AvailabilityName::Denied => Availability::Denied,
        AvailabilityName::Error => Availability::Error,
    };
    builder.accounts(&file.accounts)?;
    for (index, table) in file.repositories.into_iter().enumerate() {
        let key = format!("repositories[{index}]");
        let account = builder.account(&format!("{key}.account"), &table.account)?;
        let host = Registry::ecr_host(&account.id, &account.region);
        builder.repository(&key, &host, &table.name, (table.immutable, table.except), &table.images)?;
    }
    for (index, table) in file.registries.into_iter().enumerate() {
        builder.registry(&format!("registries[{index}]"), table)?;
    }
    services::task_definitions(&mut builder, file.task_definitions)?;
    services::clusters(&mut builder, file.clusters)?;
    values::secrets(&mut builder, file.secrets)?;
    values::parameters(&mut builder, file.parameters)?;
    runs::tasks(&mut builder, file.tasks)?;
    scaling::targets(&mut builder, file.scalable_targets)?;
    runs::container_logs(&mut builder, file.container_logs)?;
    for (index, table) in file.faults.into_iter().enumerate() {
        let key = format!("faults[{index}]");
        let account = builder.account_id(&key, table.account.as_deref())?;
        let fault = ApiFault::read(table, account);
        let fault = fault.map_err(|(below, problem)| builder.error(format!("{key}.{below}"), problem))?;
        builder.seed.faults.push(fault);
    }
    for (index, table) in file.container_faults.into_iter().enumerate() {
        let key = format!("container_faults[{index}]");
        let account = builder.account_id(&key, table.account.as_deref())?;
        let fault = ContainerFault::read(table, account);
        let fault = fault.map_err(|(below, problem)| builder.error(format!("{key}.{below}"), problem))?;
        builder.seed.container_faults.push(fault);
    }
    for (index, table) in file.meanwhile.into_iter().enumerate() {
        let event = Meanwhile::read(&builder, index, &table)?;
        builder.seed.meanwhile.push(event);
    }
    builder.seed.troubles = Troubles::read(&builder, file.alarms, file.hooks, file.no_capacity)?;
    let interrupt = file.interrupt.as_deref().map(quantity::duration).transpose();
    let interrupt = interrupt.map_err(|problem| builder.error("interrupt", problem))?;
    let after = file.after.as_deref().map(quantity::duration).transpose();
    let after = after.map_err(|problem| builder.error("after", problem))?.unwrap_or_default();
    Ok(World { args: file.args, environment: file.env, interrupt, after, seed: builder.seed })
}

/// A world under construction.
pub struct Builder {
    path: PathBuf,
    folder: PathBuf,
    pub seed: Seed,
    /// What the place knows of service deployments.
    pub availability: Availability,
    /// Layers built so far, by what they were built from: images share them.
    layers: BTreeMap<String, Layer>,
}

/// How long before the start an image without `created` was built.
pub const A_DAY: Duration = Duration::from_hours(24);

impl Builder {
    fn begin(path: &Path, file: &WorldFile) -> Result<Builder, WorldError> {
        let start: jiff::Timestamp = file.now.parse().map_err(|error| {
            WorldError::new(
                path,
                "now",
                format!("{error}: write a time with its offset, such as \"2026-11-20T02:00+09:00\""),
            )
        })?;
        let mut seed = Seed::new(Moment::of(start));
        let wrong = |key: &'static str| move |problem: String| WorldError::new(path, key, problem);
        if let Some(latency) = &file.latency {
            seed.latency = quantity::duration(latency).map_err(wrong("latency"))?;
        }
        if let Some(bandwidth) = &file.bandwidth {
            seed.bandwidth = quantity::rate(bandwidth).map_err(wrong("bandwidth"))?;
        }
        Ok(Builder {
            path: path.to_owned(),
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            seed,
            availability: Availability::default(),
            layers: BTreeMap::new(),
        })
    }

    /// A mistake in the world file.
    pub fn error(&self, key: impl Into<String>, problem: impl Into<String>) -> WorldError {
        WorldError::new(&self.path, key, problem)
    }

    /// A path that the world file names.
    pub fn path_of(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    fn accounts(&mut self, tables: &BTreeMap<String, AccountTable>) -> Result<(), WorldError> {
        for (name, table) in tables {
            let is_id = table.id.len() == 12 && table.id.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id {
                let key = format!("accounts.{name}.id");
                return Err(self.error(key, format!("`{}` is not an account id: twelve digits in quotes", table.id)));
            }
            let account = Account { name: name.clone(), id: table.id.clone(), region: table.region.clone() };
            let registry = Registry::ecr(&account.id, &account.region);
            self.seed.registries.insert(registry.host.clone(), registry);
            let mut realm = Realm::new(&account.id, &account.region);
            realm.availability = self.availability;
            self.seed.realms.insert((account.id.clone(), account.region.clone()), realm);
            self.seed.accounts.insert(name.clone(), account);
        }
        Ok(())
    }

    /// The account of a name.
    pub fn account(&self, key: &str, name: &str) -> Result<Account, WorldError> {
        self.seed.accounts.get(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = self.seed.accounts.keys().map(String::as_str).collect();
            self.error(key, format!("there is no [accounts.{name}]; there are: {}", known.join(", ")))
        })
    }

    /// What an account has in its Region.
    pub fn estate(&mut self, account: &Account) -> &mut Estate {
        self.seed.estates.entry((account.id.clone(), account.region.clone())).or_default()
    }

    /// The twelve digits of the account of a name.
    pub fn account_id(&self, key: &str, name: Option<&str>) -> Result<Option<String>, WorldError> {
        name.map(|name| self.account(&format!("{key}.account"), name).map(|account| account.id)).transpose()
    }

    fn registry(&mut self, key: &str, table: RegistryTable) -> Result<(), WorldError> {
        let access = match (table.anonymous, table.username, table.password) {
            (true, None, None) => Access::Anonymous,
            (false, Some(username), Some(password)) => Access::Password { username, password },
            _ => {
                return Err(self.error(key, "either anonymous = true, or username and password"));
            }
        };
        if self.seed.registries.contains_key(&table.host) {
            return Err(self.error(format!("{key}.host"), format!("`{}` is there twice", table.host)));
        }
        let registry = Registry::new(table.host.clone(), access);
        self.seed.registries.insert(table.host.clone(), registry);
        for (index, repository) in table.repositories.into_iter().enumerate() {
            let key = format!("{key}.repositories[{index}]");
            self.repository(
                &key,
                &table.host,
                &repository.name,
                (repository.immutable, Vec::new()),
                &repository.images,
            )?;
        }
        Ok(())
    }

    fn repository(
        &mut self,
        key: &str,
        host: &str,
        name: &str,
        (immutable, exceptions): (bool, Vec<String>),
        images: &[ImageTable],
    ) -> Result<(), WorldError> {
        let yesterday = self.seed.start.before(A_DAY);
        let mut repository = Repository::new(name, immutable, yesterday.before(A_DAY * 30));
        repository.exceptions = exceptions;
        for (index, table) in images.iter().enumerate() {
            let key = format!("{key}.images[{index}]");
            let created = match &table.created {
                None => yesterday,
                Some(text) => Moment::of(
                    text.parse()
                        .map_err(|error: jiff::Error| self.error(format!("{key}.created"), error.to_string()))?,
                ),
            };
            if table.tags.is_empty() {
                return Err(self.error(format!("{key}.tags"), "an image needs a tag to be found by"));
            }
            let mut layers = Vec::new();
            for (position, value) in table.layers.iter().enumerate() {
                layers.push(self.layer(&format!("{key}.layers[{position}]"), value)?);
            }
            image::push(&mut repository, table, &layers, created).map_err(|problem| self.error(key, problem))?;
            let digest = table.tags.first().and_then(|tag| repository.tags.get(tag));
            if let Some(manifest) = digest.and_then(|digest| repository.manifests.get_mut(digest)) {
                manifest.archived = table.archived;
            }
        }
        let registry = self.seed.registries.get_mut(host);
        let twice =
            registry.is_some_and(|registry| registry.repositories.insert(name.to_owned(), repository).is_some());
        if twice {
            return Err(self
                .error(format!("{key}.name"), format!("`{name}` is there twice: give one repository all its images")));
        }
        Ok(())
    }

    fn layer(&mut self, key: &str, value: &toml::Value) -> Result<Layer, WorldError> {
        let source = value.to_string();
        if let Some(layer) = self.layers.get(&source) {
            return Ok(layer.clone());
        }
        let built = if let toml::Value::String(folder) = value {
            files::tree(&self.path_of(folder)).and_then(|entries| layer::of_folder(folder, &entries)).map_err(|error| {
                format!("the folder `{folder}` cannot be packed ({error}): it is relative to the world file")
            })
        } else {
            let filler: Result<FillerTable, _> = value.clone().try_into();
            filler
                .map_err(|error| format!("{}: a layer is a folder or {{ size = \"20MB\" }}", error.message()))
                .and_then(|filler| quantity::size(&filler.size))
                .and_then(|size| layer::filler(size).map_err(|error| error.to_string()))
        };
        let layer = built.map_err(|problem| self.error(key, problem))?;
        self.layers.insert(source, layer.clone());
        Ok(layer)
    }
}

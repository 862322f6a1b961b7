//! Task definitions, clusters and services of a world.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::build::Builder;
use super::schema::{
    ClusterTable, ControllerName, DeploymentTable, PastTable, ServiceTable, TaskDefinitionTable, TimingsTable,
};
use super::{Account, Troubles, WorldError, code_deploy, files, quantity};
use crate::rehearsal::ecs::{
    Availability, Cluster, Hosted, Place, Realm, Registration, Runs, Service, Status, TargetGroup, Timings, Visibility,
    configuration, defaults, register, remember,
};
use crate::rehearsal::outside::Outside;
use crate::rehearsal::registry::Registry;

/// Registers the world's task definitions.
pub fn task_definitions(builder: &mut Builder, tables: Vec<TaskDefinitionTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("task_definitions[{index}]");
        let account = builder.account(&format!("{key}.account"), &table.account)?;
        let path = builder.path_of(&table.file);
        let text = files::text(&path).map_err(|error| {
            builder.error(
                format!("{key}.file"),
                format!("{} cannot be read ({error}): it is relative to the world file", path.display()),
            )
        })?;
        let text = text
            .replace("${account}", &account.id)
            .replace("${region}", &account.region)
            .replace("${registry}", &Registry::ecr_host(&account.id, &account.region));
        let body: Value = serde_json::from_str(&text)
            .map_err(|error| WorldError::new(&path, "task definition", format!("it is not JSON: {error}")))?;
        let at = builder.seed.start.before(std::time::Duration::from_hours(168));
        let by = format!("arn:aws:iam::{}:user/{}", account.id, account.name);
        let realm = realm(builder, &account);
        let registration = Registration { account: &account.id, region: &account.region, by: &by, at };
        let revision = table.revision.unwrap_or(1);
        let registered = register(&mut realm.definitions, &body, Some(revision), &registration).map_err(|error| {
            WorldError::new(&path, "task definition", format!("ECS would refuse it: {}", error.message))
        })?;
        if table.deregistered {
            let family = registered.document.get("family").and_then(Value::as_str).unwrap_or_default().to_owned();
            realm.definitions.deregister(&family, revision, at);
        }
    }
    Ok(())
}

/// Makes the world's clusters and their services, which have been running for a while.
pub fn clusters(builder: &mut Builder, tables: Vec<ClusterTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("clusters[{index}]");
        let account = builder.account(&format!("{key}.account"), &table.account)?;
        let name = table.name;
        let mut cluster = Cluster {
            arn: realm(builder, &account).arn(&format!("cluster/{name}")),
            name,
            services: BTreeMap::new(),
            runs: Runs::default(),
        };
        for (index, table) in table.services.into_iter().enumerate() {
            let key = format!("{key}.services[{index}]");
            let service = table.name.clone();
            let hosted = host(builder, &key, &account, &cluster.name, table)?;
            if cluster.services.insert(service.clone(), hosted).is_some() {
                return Err(builder.error(format!("{key}.name"), format!("`{service}` is there twice")));
            }
        }
        let name = cluster.name.clone();
        if realm(builder, &account).clusters.insert(name.clone(), cluster).is_some() {
            return Err(builder.error(format!("{key}.name"), format!("`{name}` is there twice")));
        }
    }
    Ok(())
}

/// ECS of an account.
pub fn realm<'a>(builder: &'a mut Builder, account: &Account) -> &'a mut Realm {
    let place = (account.id.clone(), account.region.clone());
    let fresh = || Realm::new(&account.id, &account.region);
    builder.seed.realms.entry(place).or_insert_with(fresh)
}

fn host(
    builder: &mut Builder,
    key: &str,
    account: &Account,
    cluster: &str,
    table: ServiceTable,
) -> Result<Hosted, WorldError> {
    let place = Place { account: account.id.clone(), cluster: cluster.to_owned(), service: table.name.clone() };
    let realm = realm(builder, account);
    let arn = realm.arn(&format!("service/{cluster}/{}", table.name));
    let found = realm.definitions.find(&table.task_definition).cloned();
    let definition = found.ok_or_else(|| {
        builder.error(
            format!("{key}.task_definition"),
            format!("`{}` is in none of [[task_definitions]] of account {}", table.task_definition, account.name),
        )
    })?;
    let mut digests = Vec::new();
    for container in &definition.revision.containers {
        let outside =
            Outside { registries: &builder.seed.registries, faults: &[], runs: &[], troubles: &Troubles::default() };
        let digest = outside.pull(&container.image).map_err(|_| {
            builder.error(
                format!("{key}.task_definition"),
                format!(
                    "container `{}` runs {}, which is in no repository of this world: describe it in [[repositories]] or [[registries]]",
                    container.name, container.image
                ),
            )
        })?;
        digests.push(digest);
    }
    let start = builder.seed.start;
    let mut service = Service::established(place, arn, table.desired, definition.revision, &digests, start);
    service.timings = timings(builder, key, &table.timings)?;
    history(builder, key, account, &mut service, &table.history)?;
    let visibility = visibility(builder, key, &table)?;
    let names = (cluster, table.name.as_str());
    service.code_deploy = match (table.controller, table.code_deploy) {
        (ControllerName::CodeDeploy, group) => {
            Some(code_deploy::group(builder, key, names, group.unwrap_or_default())?)
        }
        (_, None) => None,
        (_, Some(_)) => {
            let problem = "only a service with controller = \"CODE_DEPLOY\" has a deployment group";
            return Err(builder.error(format!("{key}.code_deploy"), problem));
        }
    };
    let balancer = table.load_balancer.as_ref();
    let delay = balancer.and_then(|balancer| balancer.deregistration_delay.as_deref()).map(quantity::duration);
    let delay = delay.transpose();
    let deregistration_delay =
        delay.map_err(|problem| builder.error(format!("{key}.load_balancer.deregistration_delay"), problem))?;
    service.target = table.load_balancer.map(|balancer| TargetGroup {
        arn: format!(
            "arn:aws:elasticloadbalancing:{}:{}:targetgroup/{}/{}",
            account.region,
            account.id,
            balancer.target_group,
            crate::rehearsal::identifier::hexadecimal(&["target-group", &balancer.target_group], 16)
        ),
        container: balancer.container,
        port: balancer.port,
    });
    let own = serde_json::to_value(&table.deployment_configuration)
        .map_err(|error| builder.error(format!("{key}.deployment_configuration"), error.to_string()))?;
    let own = json!({ "deploymentConfiguration": own });
    let (configuration, rules) = configuration(&complete(&table.deployment), &own)
        .map_err(|error| builder.error(format!("{key}.deployment"), error.message))?;
    service.rules = rules;
    if let Some(text) = &table.protected {
        let lasting = quantity::duration(text).map_err(|problem| builder.error(format!("{key}.protected"), problem))?;
        service.protection = Some(lasting);
    }
    let compatible = definition.document.get("compatibilities").and_then(Value::as_array);
    let fargate = compatible.is_some_and(|list| list.iter().any(|value| value == "FARGATE"));
    let tags = table.tags.iter().map(|(key, value)| json!({ "key": key, "value": value }));
    let mut hosted = Hosted {
        service,
        configuration,
        members: members(fargate, table.execute_command),
        tags: tags.collect(),
        launch_type: if fargate { "FARGATE" } else { "EC2" },
        deregistration_delay,
        settings: BTreeMap::new(),
        configurations: BTreeMap::new(),
        tells_deployments: matches!(builder.availability, Availability::Present | Availability::Denied),
        visibility,
        stale: None,
        controller: match table.controller {
            ControllerName::Ecs => "ECS",
            ControllerName::CodeDeploy => "CODE_DEPLOY",
            ControllerName::External => "EXTERNAL",
        },
        created_by: None,
    };
    remember(&mut hosted);
    Ok(hosted)
}

/// Puts what the world tells of the service's past before what it runs now.
fn history(
    builder: &mut Builder,
    key: &str,
    account: &Account,
    service: &mut Service,
    tables: &[PastTable],
) -> Result<(), WorldError> {
    for (index, table) in tables.iter().enumerate() {
        let key = format!("{key}.history[{index}]");
        let found = realm(builder, account).definitions.find(&table.task_definition);
        let Some(revision) = found.map(|found| found.revision.clone()) else {
            return Err(builder.error(
                format!("{key}.task_definition"),
                format!("`{}` is in none of [[task_definitions]] of account {}", table.task_definition, account.name),
            ));
        };
        let name = table.status.as_deref().unwrap_or("SUCCESSFUL");
        let Some(status) = Status::named(name).filter(|status| status.is_over()) else {
            let problem =
                "one of SUCCESSFUL, STOPPED, ROLLBACK_SUCCESSFUL and ROLLBACK_FAILED is how a past deployment ended";
            return Err(builder.error(format!("{key}.status"), format!("`{name}`: {problem}")));
        };
        let ago = quantity::duration(&table.ago).map_err(|problem| builder.error(format!("{key}.ago"), problem))?;
        service.was(revision, status, &table.reason, builder.seed.start.before(ago));
    }
    Ok(())
}

fn visibility(builder: &Builder, key: &str, table: &ServiceTable) -> Result<Visibility, WorldError> {
    let read = |name: &str, text: &Option<String>| {
        let text = text.as_deref().unwrap_or("0s");
        quantity::duration(text).map_err(|problem| builder.error(format!("{key}.{name}"), problem))
    };
    Ok(Visibility { blank: read("blank", &table.blank)?, lag: read("lag", &table.lag)? })
}

fn complete(table: &DeploymentTable) -> Map<String, Value> {
    let mut members = defaults();
    for (name, value) in [
        ("deploymentCircuitBreaker", json!({ "enable": table.circuit_breaker, "rollback": table.rollback })),
        ("maximumPercent", json!(table.maximum_percent.unwrap_or(200))),
        ("minimumHealthyPercent", json!(table.minimum_healthy_percent.unwrap_or(100))),
    ] {
        members.insert(name.to_owned(), value);
    }
    members
}

/// With awsvpc a service has subnets; their names carry no meaning here.
fn members(fargate: bool, execute_command: bool) -> Map<String, Value> {
    let mut members = Map::new();
    if execute_command {
        members.insert("enableExecuteCommand".to_owned(), json!(true));
    }
    if fargate {
        members.insert(
            "networkConfiguration".to_owned(),
            json!({
                "awsvpcConfiguration": {
                    "subnets": ["subnet-0a000000000000001", "subnet-0a000000000000002"],
                    "securityGroups": ["sg-0a000000000000001"],
                    "assignPublicIp": "DISABLED",
                },
            }),
        );
    }
    members
}

fn timings(builder: &Builder, key: &str, table: &TimingsTable) -> Result<Timings, WorldError> {
    let mut timings = Timings::default();
    for (name, text, duration) in [
        ("provisioning", &table.provisioning, &mut timings.provisioning),
        ("pending", &table.pending, &mut timings.pending),
        ("healthy", &table.healthy, &mut timings.healthy),
        ("deactivating", &table.deactivating, &mut timings.deactivating),
        ("stopping", &table.stopping, &mut timings.stopping),
        ("deprovisioning", &table.deprovisioning, &mut timings.deprovisioning),
        ("starting", &table.starting, &mut timings.starting),
        ("shift", &table.shift, &mut timings.shift),
        ("cleanup", &table.cleanup, &mut timings.cleanup),
        ("settling", &table.settling, &mut timings.settling),
    ] {
        if let Some(text) = text {
            *duration =
                quantity::duration(text).map_err(|problem| builder.error(format!("{key}.timings.{name}"), problem))?;
        }
    }
    Ok(timings)
}

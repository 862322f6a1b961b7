//! Registering a task definition, from the request's body to the revision.

use serde_json::Value;

use super::known::REGISTER_TASK_DEFINITION;
use super::normalise::normalise;
use super::shape::take;
use super::store::{Definition, Definitions, Registration};
use super::validate::validate;
use crate::rehearsal::aws_error::AwsError;

/// Registers a document, as `revision` where the world says so, or as the family's next one.
///
/// # Errors
/// `SerializationException` or `ClientException`, as ECS answers.
pub fn register<'a>(
    definitions: &'a mut Definitions,
    body: &Value,
    revision: Option<u64>,
    registration: &Registration<'_>,
) -> Result<&'a Definition, AwsError> {
    let Value::Object(mut document) = take(body, REGISTER_TASK_DEFINITION)? else {
        return Err(AwsError::serialization("the request is not a structure"));
    };
    let tags = match document.shift_remove("tags") {
        Some(Value::Array(tags)) => tags,
        _ => Vec::new(),
    };
    validate(&document)?;
    normalise(&mut document);
    let family = document.get("family").and_then(Value::as_str).unwrap_or_default();
    let number = revision.unwrap_or_else(|| definitions.next_revision(family));
    definitions
        .keep(document, tags, number, registration)
        .ok_or_else(|| AwsError::client("Family should not be null or empty."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rehearsal::moment::Moment;

    #[test]
    fn revisions_count_on_and_the_request_comes_back_with_what_ecs_adds() {
        let mut definitions = Definitions::default();
        let registration = Registration {
            account: "222222222222",
            region: "eu-west-1",
            by: "arn:aws:iam::222222222222:user/prod",
            at: Moment::of(jiff::Timestamp::UNIX_EPOCH),
        };
        let body = json!({
            "family": "web",
            "cupid": true,
            "tags": [{ "key": "team", "value": "shop" }],
            "containerDefinitions": [{ "name": "app", "image": "shop:1", "memory": 64, "enviroment": [] }],
        });
        register(&mut definitions, &body, Some(7), &registration).expect("web:7");
        let next = register(&mut definitions, &body, None, &registration).expect("web:8");
        assert_eq!(next.tags, [json!({ "key": "team", "value": "shop" })]);
        assert_eq!(
            next.document,
            json!({
                "family": "web",
                "containerDefinitions": [{
                    "name": "app", "image": "shop:1", "memory": 64, "cpu": 0, "essential": true,
                    "portMappings": [], "environment": [], "mountPoints": [], "volumesFrom": [],
                    "systemControls": [],
                }],
                "volumes": [],
                "placementConstraints": [],
                "taskDefinitionArn": "arn:aws:ecs:eu-west-1:222222222222:task-definition/web:8",
                "revision": 8,
                "status": "ACTIVE",
                "requiresAttributes": [{ "name": "com.amazonaws.ecs.capability.docker-remote-api.1.18" }],
                "compatibilities": ["EC2"],
                "registeredAt": 0.0,
                "registeredBy": "arn:aws:iam::222222222222:user/prod",
            })
        );
        for name in ["web", "web:8", "arn:aws:ecs:eu-west-1:222222222222:task-definition/web:8"] {
            let found = definitions.find(name).expect(name);
            assert_eq!(found.revision.arn.rsplit('/').next(), Some("web:8"));
        }
        assert!(definitions.find("web:9").is_none());
        assert!(definitions.find("arn:aws:ecs").is_none());
    }
}

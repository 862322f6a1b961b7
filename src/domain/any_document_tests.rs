//! Whatever a document looks like, reading it never panics, and equality is what it should be.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::domain::diff::{Rules, differences};
use crate::domain::echo::{registered, updated};
use crate::domain::equivalence::{ECS, canonical_service, canonical_task_definition};
use crate::domain::rollout::Observation;
use crate::domain::task_definition::TaskDefinition;

/// Names that the rules know, so that values of the wrong kind stand where the rules look.
const NAMES: [&str; 21] = [
    "taskDefinition",
    "containerDefinitions",
    "environment",
    "portMappings",
    "healthCheck",
    "name",
    "value",
    "containerPort",
    "hostPort",
    "protocol",
    "essential",
    "cpu",
    "memory",
    "networkMode",
    "tags",
    "family",
    "service",
    "deployments",
    "status",
    "deploymentConfiguration",
    "command",
];

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1..3_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just(""),
            Just("app"),
            Just("tcp"),
            Just("awsvpc"),
            Just("1 vCPU"),
            Just("PRIMARY")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 5, |inner| {
        let member = (proptest::sample::select(NAMES.to_vec()), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            proptest::collection::vec(member, 0..6).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<String, Value>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1024)))]

    #[test]
    fn a_document_is_equal_to_itself_and_its_canonical_form_to_its_own(document in document()) {
        prop_assert_eq!(differences(&document, &document, &Rules::PLAIN), []);
        for canonical in [canonical_task_definition, canonical_service] {
            let once = canonical(&document);
            prop_assert_eq!(&canonical(&once), &once);
            prop_assert_eq!(differences(&once, &once, &ECS), []);
        }
    }

    #[test]
    fn documents_that_differ_one_way_differ_the_other_way(one in document(), other in document()) {
        let there = differences(&one, &other, &ECS);
        let back = differences(&other, &one, &ECS);
        prop_assert_eq!(there.len(), back.len());
        prop_assert!(there.iter().all(|found| back.iter().any(|b| b.path == found.path && b.before == found.after)));
    }

    #[test]
    fn what_comes_back_as_it_was_sent_is_never_missed(document in document()) {
        let Value::Object(mut sent) = document else { return Ok(()) };
        prop_assert_eq!(registered(&Value::Object(sent.clone()), &json!({ "taskDefinition": sent })), []);
        sent.remove("service");
        prop_assert_eq!(updated(&Value::Object(sent.clone()), &json!({ "service": sent })), []);
    }

    #[test]
    fn no_reply_makes_a_reader_panic(sent in document(), reply in document()) {
        let _ = registered(&sent, &reply);
        let _ = updated(&sent, &reply);
        let mut service = reply.clone();
        if let Some(service) = service.as_object_mut() {
            service.insert("serviceName".to_owned(), json!("web"));
        }
        prop_assert_eq!(Observation::of(&service, &[sent]).is_ok(), service.is_object());
        if let Ok(definition) = TaskDefinition::from_described(reply) {
            prop_assert!(!definition.family().is_empty());
            prop_assert!(definition.registrable().get("revision").is_none());
        }
    }
}

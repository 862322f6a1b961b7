//! A resource's short name and its ARN mean the same.

/// Whether the two values of a member are the same resource, for members that ECS takes by name and gives as an ARN.
pub(super) fn equal(member: &str, one: &str, other: &str) -> bool {
    match member {
        "taskDefinition" | "clusterArn" | "cluster" | "serviceName" | "service" | "taskRoleArn"
        | "executionRoleArn" | "roleArn" | "role" => same_resource(one, other),
        // given by name or ARN, and the ARN ends with an id that the name does not tell
        "namespace" => is_arn(one) != is_arn(other),
        _ => false,
    }
}

/// Whether two texts can be the same resource: equal, or one is the short name in which the other, an ARN, ends.
///
/// `web:8` and `web` (the newest of its family) both name `arn:…:task-definition/web:8`. Two ARNs are the same only if
/// they are equal: another account's role of the same name is another role.
pub fn same_resource(one: &str, other: &str) -> bool {
    let (arn, name) = match (is_arn(one), is_arn(other)) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        _ => return one == other,
    };
    let ends = |arn: &str| arn.strip_suffix(name).is_some_and(|rest| rest.ends_with('/'));
    // a family alone: the ARN's revision does not count
    let family = arn.contains(":task-definition/") && !name.contains(':');
    !name.is_empty() && (ends(arn) || (family && arn.rsplit_once(':').is_some_and(|(arn, _)| ends(arn))))
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

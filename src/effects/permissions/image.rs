//! What calls about images need, where they are in ECR.

use super::Permission;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::{Reference, ecr_host, is_ecr_public};
use crate::effects::call::ImageCall;

/// What `call` needs.
pub fn permissions(call: &ImageCall) -> Vec<Permission> {
    match call {
        ImageCall::ReadImage { at, .. } | ImageCall::ReadPlatform { at, .. } => pulling(at),
        ImageCall::FindImage { at } => in_repository(at, &["ecr:BatchGetImage"]),
        ImageCall::RetagImage { to, .. } => in_repository(to, &["ecr:BatchGetImage", "ecr:PutImage"]),
        ImageCall::ListTags { at } => in_repository(at, &["ecr:DescribeImages"]),
        // what goes with it is looked for
        ImageCall::DeleteImage { at, tags: false } if at.image.digest().is_some() => {
            in_repository(at, &["ecr:BatchDeleteImage", "ecr:DescribeImages"])
        }
        ImageCall::DeleteImage { at, .. } => in_repository(at, &["ecr:BatchDeleteImage"]),
        // what was pushed is read
        ImageCall::BuildImage { to, .. } => [pushing(to), pulling(to)].concat(),
        ImageCall::CopyImage { from, to, mount_from, .. } | ImageCall::RebuildImage { from, to, mount_from, .. } => {
            [pulling(from), pushing(to), mount_from.iter().flat_map(|name| mounting(to, name)).collect()].concat()
        }
    }
}

fn pulling(at: &Located) -> Vec<Permission> {
    in_repository(at, &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
}

fn pushing(at: &Located) -> Vec<Permission> {
    in_repository(
        at,
        &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
        ],
    )
}

/// Layers of another repository of the same registry.
fn mounting(to: &Located, name: &str) -> Vec<Permission> {
    let image = Reference::parse(&format!("{}/{name}", to.image.domain()));
    let from = image.map(|image| Located { image, session: to.session.clone() });
    from.map(|from| in_repository(&from, &["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"]))
        .unwrap_or_default()
}

/// ECR Public is pulled from by everybody; a session is for who pushes. Its repositories are the account's own, whose number
/// their names do not have.
fn in_public(at: &Located, session: &str, actions: &[&str]) -> Vec<Permission> {
    let (_, name) = at.image.path().split_once('/').unwrap_or_default();
    let permission = |action: String, resource: String| Permission { session: session.to_owned(), action, resource };
    let login = ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"];
    let login = login.into_iter().map(|action| permission(action.to_owned(), "*".to_owned()));
    let pushes =
        actions.iter().filter(|action| !matches!(**action, "ecr:BatchGetImage" | "ecr:GetDownloadUrlForLayer"));
    let pushes = pushes.map(|action| {
        permission(action.replace("ecr:", "ecr-public:"), format!("arn:aws:ecr-public::*:repository/{name}"))
    });
    login.chain(pushes).collect()
}

/// Other registries than ECR know nothing of IAM.
fn in_repository(at: &Located, actions: &[&str]) -> Vec<Permission> {
    if let (true, Some(session)) = (is_ecr_public(at.image.domain()), &at.session) {
        return in_public(at, session, actions);
    }
    let (Some(host), Some(session)) = (ecr_host(at.image.domain()), &at.session) else { return Vec::new() };
    let resource = format!("arn:aws:ecr:{}:{}:repository/{}", host.region, host.account, at.image.path());
    let token =
        Permission { session: session.clone(), action: "ecr:GetAuthorizationToken".into(), resource: "*".into() };
    let each = actions.iter().map(|action| Permission {
        session: session.clone(),
        action: (*action).to_owned(),
        resource: resource.clone(),
    });
    [token].into_iter().chain(each).collect()
}

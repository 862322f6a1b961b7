//! What calls about images need, where they are in ECR.

use super::Permission;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::ecr_host;
use crate::effects::call::ImageCall;

/// What `call` needs.
pub fn permissions(call: &ImageCall) -> Vec<Permission> {
    match call {
        ImageCall::ReadImage { at, .. } => pulling(at),
        ImageCall::RetagImage { to, .. } => in_repository(to, &["ecr:BatchGetImage", "ecr:PutImage"]),
        ImageCall::ListTags { at } => in_repository(at, &["ecr:DescribeImages"]),
        ImageCall::DeleteImage { at } => in_repository(at, &["ecr:BatchDeleteImage"]),
        // what was pushed is read
        ImageCall::BuildImage { to, .. } => [pushing(to), pulling(to)].concat(),
        ImageCall::CopyImage { from, to, .. } | ImageCall::RebuildImage { from, to, .. } => {
            [pulling(from), pushing(to)].concat()
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

/// Other registries than ECR know nothing of IAM.
fn in_repository(at: &Located, actions: &[&str]) -> Vec<Permission> {
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

//! The ARNs of service deployments and service revisions, made and read.

use crate::rehearsal::ecs::realm::{Cluster, Hosted, Realm};

/// ARN of a service deployment.
pub fn deployment_arn(hosted: &Hosted, id: &str) -> String {
    below(hosted, "service-deployment", id)
}

/// ARN of a service revision.
pub fn revision_arn(hosted: &Hosted, number: &str) -> String {
    below(hosted, "service-revision", number)
}

/// `arn:aws:ecs:REGION:ACCOUNT:service/prod/web` as `…:KIND/prod/web/ID`.
fn below(hosted: &Hosted, kind: &str, id: &str) -> String {
    let service = &hosted.service;
    let place = &service.place;
    let prefix = service.arn.split(":service/").next().unwrap_or_default();
    format!("{prefix}:{kind}/{}/{}/{id}", place.cluster, place.service)
}

/// The service that an ARN of this kind is about, and the last part of the ARN; none where there is no such service.
pub fn find<'a, 'b>(realm: &'a Realm, kind: &str, arn: &'b str) -> Option<(&'a Cluster, &'a Hosted, &'b str)> {
    let (cluster, service, id) = parts(kind, arn)?;
    let cluster = realm.clusters.get(cluster)?;
    Some((cluster, cluster.services.get(service)?, id))
}

/// Cluster, service and the last part of an ARN of this kind.
pub fn parts<'b>(kind: &str, arn: &'b str) -> Option<(&'b str, &'b str, &'b str)> {
    let resource = arn.strip_prefix("arn:")?.splitn(5, ':').last()?;
    let mut parts = resource.strip_prefix(kind)?.strip_prefix('/')?.split('/');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn an_arn_names_its_cluster_and_service() {
        let arn = "arn:aws:ecs:eu-west-1:1:service-deployment/prod/web/r9i43YFjvgF_xlg7m2eJ1";
        assert_eq!(parts("service-deployment", arn), Some(("prod", "web", "r9i43YFjvgF_xlg7m2eJ1")));
        for other in ["", "web", "arn:aws:ecs:eu-west-1:1:service/prod/web", &format!("{arn}/x")] {
            assert_eq!(parts("service-deployment", other), None, "{other}");
        }
        assert_eq!(parts("service-revision", arn), None);
    }
}

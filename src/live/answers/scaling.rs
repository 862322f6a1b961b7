//! What Application Auto Scaling answers.

use crate::effects::call::ScalingCall;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::live::Live;
use crate::live::aws::Service;
use serde_json::json;

/// What of a service it scales.
const DIMENSION: &str = "ecs:service:DesiredCount";

impl Live {
    pub(in crate::live) async fn scaling(&self, call: &ScalingCall) -> Result<Reply, Fault> {
        let service = Service::ApplicationAutoScaling;
        let answer = match call {
            ScalingCall::DescribeScalableTarget { session, resource } => {
                let request =
                    json!({ "ServiceNamespace": "ecs", "ResourceIds": [resource], "ScalableDimension": DIMENSION });
                let thing = format!("scalable target `{resource}`");
                self.aws.ask(session, service, "DescribeScalableTargets", &request, &thing).await
            }
            ScalingCall::RegisterScalableTarget { session, resource, suspended, .. } => {
                let request = json!({
                    "ServiceNamespace": "ecs",
                    "ResourceId": resource,
                    "ScalableDimension": DIMENSION,
                    "SuspendedState": suspended,
                });
                let thing = format!("scalable target `{resource}`");
                self.aws.tell(session, service, "RegisterScalableTarget", &request, &thing).await
            }
        };
        answer.map(Reply::Document)
    }
}

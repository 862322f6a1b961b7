//! The AWS services that have no SDK crate here: how each is called, signed for and found.

use super::fault::chain;
use crate::effects::fault::Fault;
use aws_config::SdkConfig;
use aws_sdk_ecs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::service_config::ServiceConfigKey;

/// A service that is asked through the SDK's client of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// AWS Secrets Manager.
    SecretsManager,
    /// AWS Systems Manager, for its Parameter Store.
    Ssm,
    /// Amazon `CloudWatch` Logs.
    Logs,
    /// AWS `CodeDeploy`.
    CodeDeploy,
    /// Application Auto Scaling.
    ApplicationAutoScaling,
    /// Elastic Load Balancing, the version with target groups.
    LoadBalancing,
    /// Amazon ECR Public, which is in one Region alone.
    EcrPublic,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: what stands in `x-amz-target` before the operation's name.
    Json(&'static str),
    /// AWS Query, a form that is answered in XML: the version of the API.
    Query(&'static str),
}

impl Service {
    /// The name in a signature's scope, which is also the prefix of its IAM actions.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
            Self::Logs => "logs",
            Self::CodeDeploy => "codedeploy",
            Self::ApplicationAutoScaling => "application-autoscaling",
            Self::LoadBalancing => "elasticloadbalancing",
            Self::EcrPublic => "ecr-public",
        }
    }

    /// What stands before the Region in the service's host.
    fn host(self) -> &'static str {
        if self == Self::EcrPublic { "api.ecr-public" } else { self.name() }
    }

    /// The Region that it is in, where that is not the session's.
    pub fn region(self) -> Option<&'static str> {
        (self == Self::EcrPublic).then_some("us-east-1")
    }

    /// The name in AWS's service models, which `AWS_ENDPOINT_URL_…` and a profile's `services` section go by.
    fn id(self) -> &'static str {
        match self {
            Self::SecretsManager => "Secrets Manager",
            Self::Ssm => "SSM",
            Self::Logs => "CloudWatch Logs",
            Self::CodeDeploy => "CodeDeploy",
            Self::ApplicationAutoScaling => "Application Auto Scaling",
            Self::LoadBalancing => "Elastic Load Balancing v2",
            Self::EcrPublic => "ECR PUBLIC",
        }
    }

    /// What its models say of its protocol.
    pub fn protocol(self) -> Protocol {
        match self {
            Self::SecretsManager => Protocol::Json("secretsmanager"),
            Self::Ssm => Protocol::Json("AmazonSSM"),
            Self::Logs => Protocol::Json("Logs_20140328"),
            Self::CodeDeploy => Protocol::Json("CodeDeploy_20141006"),
            Self::ApplicationAutoScaling => Protocol::Json("AnyScaleFrontendService"),
            Self::LoadBalancing => Protocol::Query("2015-12-01"),
            Self::EcrPublic => Protocol::Json("SpencerFrontendService"),
        }
    }

    /// Where it is: the session's own endpoint, else the one that environment or profile set for this service, or for
    /// all, else AWS's.
    ///
    /// AWS's has the form that the SDK finds for ECS (partition, FIPS, dual stack), with this service's name in front.
    ///
    /// # Errors
    /// `Usage` where the SDK knows no host for the Region.
    pub async fn endpoint(self, config: &SdkConfig) -> Result<String, Fault> {
        if let Some(configured) = self.configured(config) {
            return Ok(configured);
        }
        let region = self.region().map(str::to_owned).or_else(|| config.region().map(ToString::to_string));
        let region = region.unwrap_or_default();
        let unknown = |why: String| {
            Fault::usage(format!("{} has no known endpoint in Region `{region}`: {why}", self.id()))
                .hint("check the session's Region, or give the session an `endpoint`")
        };
        let params = Params::builder()
            .region(&region)
            .use_fips(config.use_fips().unwrap_or_default())
            .use_dual_stack(config.use_dual_stack().unwrap_or_default())
            .build()
            .map_err(|error| unknown(error.to_string()))?;
        let resolver = DefaultResolver::new();
        let ecs = ResolveEndpoint::resolve_endpoint(&resolver, &params).await;
        let ecs = ecs.map_err(|error| unknown(format!("{error}: {}", chain(&*error))))?;
        let rest = ecs.url().strip_prefix("https://ecs").ok_or_else(|| unknown(format!("ECS is at {}", ecs.url())))?;
        Ok(format!("https://{}{rest}", self.host()))
    }

    fn configured(self, config: &SdkConfig) -> Option<String> {
        let all = || config.endpoint_url().map(str::to_owned);
        if config.get_origin("endpoint_url").is_client_config() {
            return all();
        }
        let key = ServiceConfigKey::builder().service_id(self.id()).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let own = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
        own.or_else(all)
    }
}

#[cfg(test)]
mod tests {
    use super::Service;
    use aws_config::{Region, SdkConfig};

    async fn endpoint(region: &str, fips: bool, dual_stack: bool) -> String {
        let config = SdkConfig::builder().region(Region::new(region.to_owned()));
        let config = config.use_fips(fips).use_dual_stack(dual_stack).build();
        Service::SecretsManager.endpoint(&config).await.unwrap_or_else(|fault| fault.message)
    }

    #[tokio::test]
    async fn a_host_has_the_form_of_its_partition_and_of_the_settings() {
        let rows = [
            ("ap-northeast-1", false, false, "https://secretsmanager.ap-northeast-1.amazonaws.com"),
            ("cn-north-1", false, false, "https://secretsmanager.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", true, false, "https://secretsmanager-fips.us-gov-west-1.amazonaws.com"),
            ("eu-west-1", false, true, "https://secretsmanager.eu-west-1.api.aws"),
        ];
        for (region, fips, dual_stack, expected) in rows {
            assert_eq!(endpoint(region, fips, dual_stack).await, expected);
        }
        let told = endpoint("no/region", false, false).await;
        assert!(told.starts_with("Secrets Manager has no known endpoint in Region `no/region`: "), "{told}");
    }

    #[tokio::test]
    async fn the_public_registry_is_in_one_region_wherever_the_session_is() {
        let config = SdkConfig::builder().region(Region::new("ap-northeast-1")).build();
        let endpoint = Service::EcrPublic.endpoint(&config).await.expect("it is known");
        assert_eq!(endpoint, "https://api.ecr-public.us-east-1.amazonaws.com");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_set_is_used_as_it_is() {
        let config = SdkConfig::builder().endpoint_url("http://127.0.0.1:5000").use_fips(true).build();
        assert_eq!(Service::Ssm.endpoint(&config).await.expect("it is set"), "http://127.0.0.1:5000");
    }
}

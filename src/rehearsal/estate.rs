//! What one account has in one Region beside ECS and ECR: a folder of this room for each service.

use std::collections::BTreeMap;

use super::logs::Logs;
use super::parameters::Parameters;
use super::scaling::Scaling;
use super::secrets::Vault;

/// The other services' state, empty until the world file says something.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Secrets Manager.
    pub vault: Vault,
    /// Systems Manager's Parameter Store.
    pub parameters: Parameters,
    /// `CloudWatch` Logs.
    pub logs: Logs,
    /// Application Auto Scaling.
    pub scaling: Scaling,
}

/// Estates by account and Region.
pub type Estates = BTreeMap<(String, String), Estate>;

/// Where a call goes: the caller's account, and the Region that it is signed for.
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts<'a> {
    /// Twelve digits.
    pub account: &'a str,
    /// The Region.
    pub region: &'a str,
}

impl Whereabouts<'_> {
    /// The ARN of a service's resource here: `arn("ssm", "parameter/url")`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }
}

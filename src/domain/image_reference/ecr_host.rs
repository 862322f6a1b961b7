//! Which account and Region an Amazon ECR registry's host name stands for.

use serde::{Deserialize, Serialize};

/// What the host name of a private ECR registry says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EcrHost {
    /// Twelve digits.
    pub account: String,
    /// Such as `ap-northeast-1`.
    pub region: String,
}

/// Reads `ACCOUNT.dkr.ecr.REGION.amazonaws.com[.cn]` and the dual-stack `ACCOUNT.dkr-ecr.REGION.on.aws`, each also with
/// `ecr-fips`, as the ECR user guide's page on requests and its list of endpoints have them. `None` for any other host.
pub fn ecr_host(domain: &str) -> Option<EcrHost> {
    let (account, rest) = domain.split_once('.')?;
    let region = dual_stack(rest).or_else(|| classic(rest))?;
    let known = account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !region.is_empty()
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    known.then(|| EcrHost { account: account.to_owned(), region: region.to_owned() })
}

/// Whether a host is Amazon ECR Public: `public.ecr.aws`, and its dual-stack name.
pub fn is_ecr_public(domain: &str) -> bool {
    matches!(domain, "public.ecr.aws" | "ecr-public.aws.com")
}

fn classic(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("dkr.ecr.").or_else(|| rest.strip_prefix("dkr.ecr-fips."))?;
    rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
}

fn dual_stack(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("dkr-ecr.").or_else(|| rest.strip_prefix("dkr-ecr-fips."))?;
    rest.strip_suffix(".on.aws")
}

//! A production account in moto, set up by aws-cli as a stranger would.

use super::servers::{Server, part, stranger};
use serde_json::Value;
use std::process::Command;

pub const REGION: &str = "eu-central-1";
/// The account of plain credentials in moto.
pub const TEST_ACCOUNT: &str = "123456789012";
pub const PROD_ACCOUNT: &str = "222222222222";
pub const ROLE: &str = "arn:aws:iam::222222222222:role/release";

/// aws-cli with the credentials of one account.
pub struct Account<'a> {
    moto: &'a Server,
    keys: Vec<(&'static str, String)>,
}

impl<'a> Account<'a> {
    /// The account of plain credentials.
    pub fn test(moto: &'a Server) -> Self {
        let keys = vec![("AWS_ACCESS_KEY_ID", "key".to_owned()), ("AWS_SECRET_ACCESS_KEY", "secret".to_owned())];
        Self { moto, keys }
    }

    /// The account behind [`ROLE`].
    pub fn prod(moto: &'a Server) -> Self {
        let test = Self::test(moto);
        let answer = test.aws(&["sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "setup"]);
        let key = |name: &str| answer["Credentials"][name].as_str().expect("a credential").to_owned();
        let keys = vec![
            ("AWS_ACCESS_KEY_ID", key("AccessKeyId")),
            ("AWS_SECRET_ACCESS_KEY", key("SecretAccessKey")),
            ("AWS_SESSION_TOKEN", key("SessionToken")),
        ];
        Self { moto, keys }
    }

    /// What aws-cli answers.
    #[track_caller]
    pub fn aws(&self, args: &[&str]) -> Value {
        let mut command = Command::new(part("aws"));
        command.env_clear().envs(self.keys.iter().map(|(name, value)| (name, value)));
        command.args(["--endpoint-url", &self.moto.url(), "--region", REGION, "--output", "json"]).args(args);
        let text = stranger(&mut command);
        if text.trim().is_empty() { Value::Null } else { serde_json::from_str(&text).expect("aws prints JSON") }
    }

    /// Cluster `prod` with service `web` on revision 1 of a rich definition of `web`.
    pub fn with_the_service(self) -> Self {
        self.aws(&["ecs", "create-cluster", "--cluster-name", "prod"]);
        let text = super::checkout().join("tests/data/rich-task-definition.json");
        self.aws(&["ecs", "register-task-definition", "--cli-input-json", &format!("file://{}", text.display())]);
        let service = ["ecs", "create-service", "--cluster", "prod", "--service-name", "web"];
        self.aws(&[&service[..], &["--task-definition", "web:1", "--desired-count", "2"]].concat());
        self
    }

    /// One revision of `web`, as described, tags beside it.
    #[track_caller]
    pub fn revision(&self, number: u32) -> Value {
        let name = format!("web:{number}");
        let described = self.aws(&["ecs", "describe-task-definition", "--task-definition", &name, "--include", "TAGS"]);
        described["taskDefinition"].clone()
    }
}

//! The nightly release's stage: moto for AWS, two Distribution registries with passwords of their own, the example project.

use super::image::push;
use super::moto::{PROD_ACCOUNT, REGION, ROLE, TEST_ACCOUNT};
use super::project::Project;
use super::servers::{PASSWORDS, Server};
use super::{Ended, gantry};

pub const TEST_LOGIN: (&str, &str) = ("tester", PASSWORDS[0].0);
pub const PROD_LOGIN: (&str, &str) = ("releaser", PASSWORDS[1].0);

pub struct Stage {
    pub moto: Server,
    pub test: Server,
    pub prod: Server,
    pub project: Project,
}

impl Stage {
    pub fn set() -> Self {
        let (moto, test, prod) = (
            Server::moto(),
            Server::registry(TEST_LOGIN.0, TEST_LOGIN.1),
            Server::registry(PROD_LOGIN.0, PROD_LOGIN.1),
        );
        let settings = format!(
            "[sessions.test]\nregion = \"{REGION}\"\nendpoint = \"{moto}\"\nexpect_account = \"{TEST_ACCOUNT}\"\n\n\
             [sessions.prod]\nregion = \"{REGION}\"\nendpoint = \"{moto}\"\nassume_role = \"{ROLE}\"\necho = \"warn\"\n\
             expect_account = \"{PROD_ACCOUNT}\"\n\n\
             [registries.\"{TEST_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com\"]\nendpoint = \"{test}\"\n\
             username = \"{tester}\"\npassword = \"{test_password}\"\n\n\
             [registries.\"{PROD_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com\"]\nendpoint = \"{prod}\"\n\
             username = \"{releaser}\"\npassword_env = \"PROD_REGISTRY_PASSWORD\"\n",
            moto = moto.url(),
            test = test.url(),
            prod = prod.url(),
            tester = TEST_LOGIN.0,
            test_password = TEST_LOGIN.1,
            releaser = PROD_LOGIN.0,
        );
        let project = Project::with_the_release().file("gantry.toml", &settings);
        push(&test, TEST_LOGIN, "shop", "1.4.2", &project.root.join("made"));
        Self { moto, test, prod, project }
    }

    /// `gantry run` of the release, without waiting.
    pub fn release<const N: usize>(&self, more: [&str; N]) -> Ended {
        let image = format!("{TEST_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:1.4.2");
        self.gantry(&[&["run", "scripts/release.rhai", "--image", &image, "--wait", "none"], &more[..]].concat())
    }

    /// gantry in the project, with what the release needs of its environment.
    pub fn gantry(&self, args: &[&str]) -> Ended {
        let mut command = gantry(&self.project.root)
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("PROD_REGISTRY_PASSWORD", PROD_LOGIN.1)
            .command();
        command.args(args);
        Ended::of(command.output().expect("gantry starts"))
    }
}

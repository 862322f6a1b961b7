//! Scripts about images alone: `tested` is one of the first account, `shop` a repository of the second.

use super::checkout;
use super::project::Project;

/// Where the script of these projects is.
pub const SCRIPT: &str = "scripts/images.rhai";
/// Where their world is.
pub const WORLD: &str = "scripts/images.world.toml";

const NAMES: &str = "let tested = \"111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2\";\n\
    let shop = \"222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop\";\n";

/// What makes an index of three platforms of the tested image, at which two others point.
const INDEX: &str = "platforms = [\"linux/amd64\", \"linux/arm64/v8\", \"linux/s390x\"]\n\
    referrers = [\"application/spdx+json\", \"application/vnd.dev.cosign.artifact.sig.v1+json\"]\n";

/// A project whose tested image is one.
pub fn of_one(script: &str) -> Project {
    project(script, "")
}

/// A project whose tested image is an index.
pub fn of_an_index(script: &str) -> Project {
    project(script, INDEX)
}

fn project(script: &str, more: &str) -> Project {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let tested = "tags = [\"1.4.2\"]\n";
    assert!(world.contains(tested));
    let world = world.replace(tested, &format!("{tested}{more}")).replace("\n[args]\nimage", "\n[args]\n# ");
    Project::with_the_release().file(SCRIPT, format!("{NAMES}{script}")).file(WORLD, world)
}

//! The world file of many stories, and the definitions that are deployed in it.

use super::story::Story;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("interleavings");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

pub fn definition(image: &str) -> Value {
    let image = format!("222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:{image}");
    json!({
        "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": image, "essential": true }],
    })
}

/// Writes the world file; many tests write at once.
pub fn write(stories: &[Story], records: &str) -> PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let (world, web) = (folder().join(format!("{number}.world.toml")), folder().join(format!("{number}.json")));
    std::fs::write(&web, definition("old").to_string()).expect("a definition");
    let mut text = format!(
        "service_deployments = \"{records}\"\nnow = \"2026-11-20T02:00+09:00\"\n\
         [accounts.prod]\nid = \"222222222222\"\nregion = \"ap-northeast-1\"\n\
         [[repositories]]\naccount = \"prod\"\nname = \"shop\"\n"
    );
    for tag in ["old", "fresh", "other"] {
        let _ = write!(
            text,
            "[[repositories.images]]\ntags = [\"{tag}\"]\nenv = {{ TAG = \"{tag}\" }}\nlayers = [{{ size = \"1KB\" }}]\n"
        );
    }
    let _ = write!(
        text,
        "[[task_definitions]]\naccount = \"prod\"\nfile = \"{number}.json\"\nrevision = 7\n\
         [[clusters]]\naccount = \"prod\"\nname = \"prod\"\n"
    );
    for story in stories {
        text.push_str(&story.table);
    }
    for story in stories {
        text.push_str(&story.troubles);
    }
    std::fs::write(&world, text).expect("a world file");
    world
}

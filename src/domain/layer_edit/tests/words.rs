//! What an edit is called, and how a journal has it.

use super::super::{LayerEdit, Put, PutContent};
use crate::domain::platform::Platform;
use serde_json::json;

fn everything() -> LayerEdit {
    let text = Put {
        content: PutContent::Text("host: db".into()),
        owner: "1000:1000".parse().ok(),
        mode: "0640".parse().ok(),
        replace: false,
    };
    LayerEdit {
        files: [("/db.yml".to_owned(), text)].into(),
        delete: vec!["/debug".into()],
        env: [("A".to_owned(), Some("secret".to_owned())), ("B".to_owned(), None)].into(),
        labels: [("team".to_owned(), Some("shop".to_owned())), ("x".to_owned(), None)].into(),
        entrypoint: Some(vec!["/bin/init".into()]),
        command: Some(Vec::new()),
        user: Some("app".into()),
        working_dir: Some("/app".into()),
        platforms: vec![Platform::new("linux", "arm64", None)],
        created: Some("2026-07-25T00:00:00Z".into()),
    }
}

#[test]
fn a_journal_has_all_of_it_and_no_more_than_was_asked() {
    let edit = everything();
    let value = serde_json::to_value(&edit).unwrap();
    let put = json!({ "content": { "text": "host: db" }, "owner": "1000:1000", "mode": "0640" });
    assert_eq!(value["platforms"], json!(["linux/arm64"]));
    assert_eq!(value["files"], json!({ "/db.yml": put }));
    assert_eq!(serde_json::from_value::<LayerEdit>(value).unwrap(), edit);
    let nothing = LayerEdit::default();
    assert_eq!(serde_json::to_value(&nothing).unwrap(), json!({ "files": {}, "delete": [], "env": {} }));
}

#[test]
fn a_history_says_what_was_done_and_no_value() {
    let told = everything().told();
    assert_eq!(
        told,
        "put /db.yml, delete /debug, set A, unset B, label team, unlabel x, entrypoint, command, user, working directory"
    );
    assert_eq!(LayerEdit::default().told(), "date");
}

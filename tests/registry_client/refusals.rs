//! What a registry that says no is told apart by.

use crate::stage::Stage;
use gantry::domain::copy_options::CopyOptions;
use gantry::effects::event::Events;
use gantry::effects::fault::FaultKind;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_who_is_not_let_in_are_told_apart() {
    let stage = Stage::set();
    let all = stage.registries();
    let host = stage.first.host();
    for absent in ["shop:2", "nowhere:1"] {
        let at = stage.in_first(absent);
        assert_eq!(all.read(&at).await, Ok(None), "{absent}");
        let copied =
            all.copy(&at, &stage.in_second("shop:2"), &CopyOptions::replacing(false), &Events::nowhere()).await;
        let fault = copied.expect_err("there is no such image");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "ImageMissing"));
        assert!(fault.message.contains(&host) && fault.hint.is_some(), "{fault:?}");
    }

    let from = stage.in_first("shop:1");
    let strangers = [
        (stage.registries_for([(host.clone(), ("alice", "wrong"))]), "the login was refused"),
        (stage.registries_for([]), "it asks for a login, and there is none"),
    ];
    for (stranger, why) in strangers {
        let fault = stranger.read(&from).await.expect_err("a stranger");
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Denied, "UNAUTHORIZED"));
        assert!(fault.message.contains(&host) && fault.message.ends_with(why), "{fault}");
        assert!(!format!("{fault:?}").contains("wrong"), "{fault:?}");
        assert!(fault.hint.is_some_and(|hint| hint.contains("gantry.toml")));
    }

    drop(stage.first);
    let fault = all.read(&from).await.expect_err("nobody is there");
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.to_lowercase().contains("connection refused"), "{fault}");
}

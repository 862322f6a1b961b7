//! The namespaces, as scripts use them.

use super::*;
use crate::domain::image_reference::Reference;
use crate::script::options::read as read_options;
use serde::Deserialize;

const TD: &str = "let td = taskdef::from(json::parse(`{\"family\":\"web\",\"zeta\":1,\"containerDefinitions\":[{\"name\":\"app\",\"image\":\"shop:1\"},{\"name\":\"log\",\"image\":\"l:1\"}],\"cpu\":\"256\"}`));\n";

#[test]
fn an_image_is_one_json_object_in_the_order_of_the_reference() {
    assert_eq!(
        value("image::parse(\"redis\")"),
        r#"{"domain":"docker.io","path":"library/redis","name":"docker.io/library/redis","tag":null,"digest":null,"familiar":"redis","string":"docker.io/library/redis"}"#
    );
}

#[test]
fn images_are_read_changed_compared_and_printed() {
    let script = "
        let a = image::parse(\"reg.io:5000/shop:1.4\");
        let pinned = a.with_digest(\"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\");
        [a.domain, a.path, a.tag, `${a.with_tag(\"2\")}`, a.to_string(), a == image::parse(\"reg.io:5000/shop:1.4\"),
         a != pinned, pinned.without_digest() == a, pinned.without_tag().tag == (), type_of(a)]";
    assert_eq!(
        value(script),
        r#"["reg.io:5000","shop","1.4","reg.io:5000/shop:2","reg.io:5000/shop:1.4",true,true,true,true,"ImageReference"]"#
    );
}

#[test]
fn malformed_references_are_usage_faults_with_a_caret() {
    for (text, caret) in [
        ("", 0),
        ("Shop", 0),
        ("shop:", 5),
        ("shop:a b", 6),
        ("a//b", 2),
        ("shop@sha256:zz", 12),
        ("shop:1:2", 6),
        ("-shop", 0),
        ("reg.io:99999/shop", 7),
        ("https://reg.io/shop", 5),
    ] {
        let failure = stage(&format!("image::parse(\"{text}\")")).failure();
        let fault = failure.fault.unwrap();
        assert_eq!(fault.kind, FaultKind::Usage, "{text}");
        let line = fault.message.lines().last().unwrap();
        assert!(line.trim_start() == "^", "{text}: {}", fault.message);
        assert_eq!(line.len(), 4 + caret + 1, "{text}: {}", fault.message);
        assert_eq!(failure.report.location().unwrap(), "release.rhai:1:8", "{text}");
    }
}

#[test]
fn a_task_definition_is_edited_by_container_name() {
    let script = format!(
        "{TD}td.set_image(\"app\", image::parse(\"shop:2\"));
        td.set_environment(\"app\", #{{ A: \"1\", B: () }});
        td.set_secrets(\"log\", #{{ S: \"arn:x\" }});
        td.set_cpu(512); td.set_cpu(\"log\", 64); td.set_memory(\"log\", 128);
        td.set_command(\"log\", [\"run\", \"-v\"]);
        td.containerDefinitions[1].essential = false;
        td.zeta = ();
        td"
    );
    assert_eq!(
        value(&script),
        r#"{"family":"web","containerDefinitions":[{"name":"app","image":"docker.io/library/shop:2","environment":[{"name":"A","value":"1"}]},{"name":"log","image":"l:1","secrets":[{"name":"S","valueFrom":"arn:x"}],"cpu":64,"memory":128,"command":["run","-v"],"essential":false}],"cpu":"512"}"#
    );
}

#[test]
fn a_task_definition_is_read() {
    let script = format!(
        "{TD}[td.family, td.revision, td.short_name, td.containers(), td.image_of(\"app\"), td.cpu, td.nothing, `${{td}}`]"
    );
    assert_eq!(value(&script), r#"["web",null,"web",["app","log"],"shop:1","256",null,"web"]"#);
}

#[test]
fn an_edit_that_matches_nothing_lists_the_containers() {
    let failure = stage(&format!("{TD}td.set_image(\"ap\", \"x\");")).failure();
    assert_eq!(failure.report.message, "task definition `web` has no container `ap`: it has `app`, `log`");
    assert_eq!(failure.report.hint.as_deref(), Some("did you mean `app`?"));
    assert_eq!(failure.fault.unwrap().code, "ContainerMissing");
    assert!(message(&format!("{TD}td.family = ();")).contains("family"));
    assert!(message("taskdef::parse(\"[]\")").contains("a task definition is a JSON object"));
    assert!(message("taskdef::parse(\"{\")").contains("not JSON"));
    assert!(message(&format!("{TD}td.set_cpu(-1);")).contains("below zero"));
    assert!(message(&format!("{TD}td.set_environment(\"app\", #{{ A: 1 }});")).contains("`A` is not a text"));
}

#[test]
fn the_date_is_the_one_of_the_zone() {
    let script = "[time::today(\"UTC\"), time::today(\"Asia/Tokyo\"), time::today(\"Asia/Tokyo\", \"%Y%m%d\"),
        time::now(), time::now().format(\"Asia/Tokyo\", \"%H:%M\"), `${time::now()}`, time::now() < time::now()]";
    assert_eq!(
        value(script),
        r#"["2026-07-24","2026-07-25","20260725",{"iso":"2026-07-24T16:30:00Z","millis":1784910600000},"01:30","2026-07-24T16:30:00Z",false]"#
    );
    let failure = stage("time::today(\"Asia/Tokio\")").failure();
    assert_eq!(failure.report.message, "there is no time zone `Asia/Tokio`");
    assert!(message("time::today(\"UTC\", \"%Y%\")").starts_with("the format `%Y%` cannot be used"));
}

#[test]
fn durations_and_pauses() {
    assert_eq!(value("[time::parse_duration(\"15m\"), time::parse_duration(\"1h30m\")]"), "[900000,5400000]");
    assert!(message("time::sleep(\"15\")").contains("15"));
}

#[test]
fn environment_variables() {
    assert_eq!(
        value("[env::get(\"HOME\"), env::get(\"NONE\") ?? \"none\", env::require(\"HOME\")]"),
        r#"["/root","none","/root"]"#
    );
    let failure = stage("env::require(\"NONE\")").failure();
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Missing);
}

#[test]
fn files_are_trees_with_their_text() {
    let stage =
        stage("let d = dir(\"config\"); [d, d.paths(), `${d}`, file(\"a.json\").text(), file(\"a.json\").size]");
    assert_eq!(
        stage.value().to_string(),
        r#"[{"path":"config","digest":"sha256:11","size":10,"entries":["a.toml","b.toml"]},["a.toml","b.toml"],"config","text of a.json",5]"#
    );
    assert_eq!(stage.calls()[0], Call::Host(HostCall::ScanFiles { path: "config".to_owned(), folder: true }));
    assert_eq!(stage.calls()[2], Call::Host(HostCall::ReadText { path: "a.json".to_owned() }));
    assert_eq!(message("dir(\"config\").text()"), "`config` is a folder, and has no text");
}

#[test]
fn json_texts() {
    assert_eq!(
        value("json::stringify(#{ b: [1, ()], a: image::parse(\"redis\").tag })"),
        r#""{\"a\":null,\"b\":[1,null]}""#
    );
    assert_eq!(value("json::pretty([1])"), r#""[\n  1\n]""#);
    assert_eq!(value("json::parse(\"5\") + 1"), "6");
    assert!(message("json::parse(\"{\")").contains("not JSON"));
    assert_eq!(value("let n = 0; for x in json::parse(`[1,2,3]`) { n += x; } n"), "6");
    assert_eq!(
        value(
            "let d = json::parse(`{\"b\":1,\"a\":2}`); [d.keys(), d.values(), d.len(), \"a\" in d, d.get(\"x\") ?? 3]"
        ),
        r#"[["b","a"],[1,2],2,true,3]"#
    );
    assert_eq!(value("json::parse(`[1,2]`)[-1]"), "2");
    assert!(message("json::parse(`[1]`)[1]").contains("no element 1 in an array of 1"));
    assert!(message("json::parse(`[1]`)[-9223372036854775808]").contains("no element"));
    assert_eq!(value("json::parse(`{\"a\":[{\"b\":1}]}`).to_plain().a[0].b"), "1");
}

#[test]
fn log_lines_have_levels() {
    let stage = stage("log::trace(1); log::info(`a ${2}`); log::warn(image::parse(\"redis\"));");
    stage.value();
    assert_eq!(stage.log(), ["Debug 1", "Info a 2", "Warn docker.io/library/redis"]);
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Deploy {
    image: Option<Reference>,
    images: BTreeMap<String, Reference>,
    files: BTreeMap<String, FileTree>,
    count: Option<u32>,
}

fn options(script: &str) -> Result<Deploy, Fault> {
    let value = on_paused_clock(stage(script).try_run()).unwrap_or_else(|f| panic!("{}", shown(&f.report)));
    read_options("deploy", value.cast::<Map>())
}

#[test]
fn options_take_texts_and_handles() {
    let read =
        options("#{ image: \"shop:1\", images: #{ app: image::parse(\"shop:2\") }, files: #{ \"/c\": dir(\"c\") } }");
    let shop = |tag: &str| Reference::parse(&format!("shop:{tag}")).unwrap();
    assert_eq!(
        read,
        Ok(Deploy {
            image: Some(shop("1")),
            images: [("app".to_owned(), shop("2"))].into(),
            files: [("/c".to_owned(), tree("c", true))].into(),
            count: None,
        })
    );
}

#[test]
fn wrong_options_are_named_with_those_there_are() {
    let fault = options("#{ imgae: \"x\" }").unwrap_err();
    assert_eq!(fault.message, "deploy: unknown option `imgae`; did you mean `image`?");
    assert_eq!(fault.hint.as_deref(), Some("deploy takes: image, images, files, count"));
    let fault = options("#{ image: \"shop:1\", count: \"three\" }").unwrap_err();
    assert!(fault.message.starts_with("deploy: the option `count` cannot be used: invalid type"), "{fault}");
    let fault = options("#{ image: \"a//b\" }").unwrap_err();
    assert!(fault.message.starts_with("deploy: the option `image` cannot be used: "), "{fault}");
    let fault = options("#{ image: || 1 }").unwrap_err();
    assert_eq!(fault.message, "deploy: in `image`: a value of the type Fn cannot be JSON");
    assert_eq!(fault.kind, FaultKind::Usage);
}

#[test]
fn a_time_is_waited_for_by_the_clock_of_its_zone() {
    // it is 2026-07-24 16:30 UTC
    let tokyo = "2026-07-25 02:00 Asia/Tokyo";
    for (script, millis, told) in [
        ("\"02:00 Asia/Tokyo\"", 1_784_912_400_000, tokyo),
        ("\"02:00\", \"Asia/Tokyo\"", 1_784_912_400_000, tokyo),
        ("\"2026-07-25 02:00 Asia/Tokyo\"", 1_784_912_400_000, tokyo),
        ("\"2026-07-25T02:00:00+09:00\"", 1_784_912_400_000, "2026-07-25T02:00:00+09:00"),
        ("\"01:29:59 Asia/Tokyo\"", 1_784_996_999_000, "2026-07-26 01:29:59 Asia/Tokyo"),
    ] {
        let stage = stage(&format!("time::wait_until({script});"));
        assert!(stage.value().is_null());
        let call = Call::Host(HostCall::WaitUntil { at_millis: millis, told: told.to_owned() });
        assert_eq!(stage.calls().last(), Some(&call), "{script}");
    }
}

#[test]
fn a_time_that_nobody_can_wait_for_is_explained() {
    let hint = "write `02:00 Asia/Tokyo`, `2026-11-21 02:00 Asia/Tokyo` or `2026-11-21T02:00:00+09:00`";
    for (script, message, hint) in [
        ("\"02:00\"", "`02:00` does not say in which time zone", hint),
        ("\"2 o'clock\"", "`2 o'clock` is no time to wait for", hint),
        ("\"02:00 UTC\", \"UTC\"", "`02:00 UTC` has a time zone already, and another was given", hint),
        (
            "\"02:00 Asia/Tokio\"",
            "there is no time zone `Asia/Tokio`",
            "zones are named like `UTC`, `Asia/Tokyo` or `Europe/Berlin`",
        ),
    ] {
        let stage = stage(&format!("time::wait_until({script});"));
        let failure = stage.failure();
        assert_eq!((failure.report.message.as_str(), failure.report.hint.as_deref()), (message, Some(hint)));
        assert_eq!(failure.fault.unwrap().kind, FaultKind::Usage);
        assert_eq!(stage.calls(), []);
    }
}

#[test]
fn an_approval_says_who_gave_it() {
    assert_eq!(value("approve(\"ship it?\")"), "\"mia\"");
    let stage = stage("try { approve(\"never\"); } catch (e) { log::info(\"caught\"); }");
    let fault = stage.failure().fault.unwrap();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Waiting, "WaitingForApproval"));
    assert_eq!(stage.log(), Vec::<String>::new());
    assert_eq!(message("approve(\"  \")"), "approve: there is no question");
}

fn rebuilding(how: &str) -> Failure {
    stage(&format!("let a = image::parse(\"a.example/a:1\");\nimage::rebuild(a, a.with_tag(\"2\"), #{{ {how} }});"))
        .failure()
}

#[test]
fn what_is_put_into_an_image_is_checked_at_the_call_before_anybody_is_asked() {
    let put = |put: &str| format!("files: #{{ \"/a\": {put} }}");
    for (how, message) in [
        (
            put("\"hello\""),
            "rebuild: the option `files` cannot be used: `/a`: put files with dir(\"…\") or file(\"…\")",
        ),
        (
            put("#{ contents: text(\"x\") }"),
            "rebuild: the option `files` cannot be used: `/a`: unknown field `contents`, exp",
        ),
        (put("#{ owner: \"0:0\" }"), "rebuild: the option `files` cannot be used: `/a`: missing field `content`"),
        (put("#{ content: 7 }"), "rebuild: the option `files` cannot be used: `/a`: put files with"),
        (put("#{ content: text(\"x\"), mode: 640 }"), "rebuild: the option `files` cannot be used: `/a`: invalid type"),
        (
            put("#{ content: text(\"x\"), mode: \"rw\" }"),
            "rebuild: the option `files` cannot be used: `/a`: `rw` is not a mode",
        ),
        ("owner: \"app\"".to_owned(), "rebuild: the option `owner` cannot be used: `app` is not an owner"),
        (put("#{ content: text(\"x\"), replace: true }"), "`/a` is a file, and only a folder can replace another"),
        ("files: #{ a: text(\"x\") }".to_owned(), "`a` is not a path in an image"),
        ("delete: [\"/a/../b\"]".to_owned(), "`/a/../b` is not a path in an image"),
        ("command: \"run\"".to_owned(), "rebuild: the option `command` cannot be used: invalid type: string"),
        ("created: \"now\"".to_owned(), "`now` is not an instant as RFC 3339 writes it"),
        ("entry_point: []".to_owned(), "rebuild: unknown option `entry_point`; did you mean `entrypoint`?"),
    ] {
        let failure = rebuilding(&how);
        assert!(failure.report.message.starts_with(message), "{}\n{message}", failure.report.message);
        assert_eq!(failure.report.location().as_deref(), Some("release.rhai:2:8"), "{how}");
        assert_eq!(failure.fault.unwrap().kind, FaultKind::Usage, "{how}");
    }
    let good = rebuilding(&put("#{ content: text(\"x\"), owner: \"1:2\", mode: \"0640\" }, \"/b\": text(\"y\")"));
    assert!(good.report.message.contains("ReadImage"), "the base is asked for: {}", good.report.message);
}

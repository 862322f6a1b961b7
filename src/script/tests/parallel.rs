//! Branches side by side: the same calls in the same order in every run, each branch with variables of its own.

use super::*;
use crate::effects::key::Key;
use rhai::Array;

/// Remembers the keys and calls that go out.
struct Keyed(Arc<Small>, Arc<Mutex<Vec<String>>>);

impl Driver for Keyed {
    fn perform<'a>(&'a self, step: Step<'a>) -> Boxed<'a, Result<Reply, Fault>> {
        let what = match step.call {
            Call::Host(HostCall::Environment { name }) => name.clone(),
            Call::Host(HostCall::Pause { millis }) => format!("pause {millis}"),
            other => format!("{other:?}"),
        };
        self.1.lock().unwrap().push(format!("{} {what}", step.key));
        self.0.perform(step.call, step.events)
    }

    fn session(&self, _: &str, _: &Identity) -> Result<(), Fault> {
        Ok(())
    }

    fn run(&self) -> &'static str {
        "test"
    }

    fn clock(&self) -> i64 {
        self.0.clock()
    }
}

/// The keys and calls of a script, in the order in which they went out.
fn calls_of(stage: &Stage) -> Vec<String> {
    let calls = Arc::<Mutex<Vec<String>>>::default();
    let driver = Keyed(Arc::clone(&stage.world), Arc::clone(&calls));
    let gateway = Gateway::new(Box::new(driver), Events::nowhere(), Redactor::default());
    let host = Host::new(gateway, stage.cancel.clone());
    let program = stage.load().unwrap();
    let _ =
        on_paused_clock(run(host, program, Map::new())).unwrap_or_else(|failure| panic!("{}", shown(&failure.report)));
    std::mem::take(&mut calls.lock().unwrap())
}

#[test]
fn four_branches_make_the_same_calls_in_the_same_order_two_hundred_times() {
    let stage = stage(
        "fn work(n) { let x = 0; for i in 0..n { x += i; } x }
        let sleeps = [\"30s\", \"10s\", \"20s\", \"10s\"];
        env::get(\"before\");
        parallel([1200, 100, 900, 0], |n, index| {
            work(n);
            env::get(`first ${index}`);
            work(1200 - n);
            time::sleep(sleeps[index]);
            work(n);
            env::get(`second ${index}`);
        });
        env::get(\"after\");",
    );
    let expected = [
        "1 before",
        "2/0.1 first 0",
        "2/1.1 first 1",
        "2/2.1 first 2",
        "2/3.1 first 3",
        "2/0.2 pause 30000",
        "2/1.2 pause 10000",
        "2/2.2 pause 20000",
        "2/3.2 pause 10000",
        "2/1.3 second 1",
        "2/3.3 second 3",
        "2/2.3 second 2",
        "2/0.3 second 0",
        "3 after",
    ];
    for turn in 0..200 {
        assert_eq!(calls_of(&stage), expected, "run {turn}");
    }
}

#[test]
fn branches_of_branches_have_keys_of_their_own() {
    let stage = stage(
        "parallel([1, 2], |outer| {
            env::get(`in ${outer}`);
            let sums = parallel([10, 20], |inner| { time::sleep(`${inner}s`); env::get(`${outer} ${inner}`); outer + inner });
            env::get(`out ${outer}`);
            sums
        })",
    );
    let expected = [
        "1/0.1 in 1",
        "1/1.1 in 2",
        "1/0.2/0.1 pause 10000",
        "1/0.2/1.1 pause 20000",
        "1/1.2/0.1 pause 10000",
        "1/1.2/1.1 pause 20000",
        "1/0.2/0.2 1 10",
        "1/1.2/0.2 2 10",
        "1/0.2/1.2 1 20",
        "1/1.2/1.2 2 20",
        "1/0.3 out 1",
        "1/1.3 out 2",
    ];
    for _ in 0..20 {
        let calls = calls_of(&stage);
        assert_eq!(calls, expected);
        for call in calls {
            let key = call.split(' ').next().unwrap();
            assert_eq!(key.parse::<Key>().unwrap().to_string(), key);
        }
    }
    assert_eq!(stage.value().to_string(), "[[11,21],[12,22]]");
}

#[test]
fn the_clock_stands_while_any_branch_computes_and_sleeps_are_side_by_side() {
    let stage = stage(
        "parallel([3, 1, 2], |n| { if n == 2 { let x = 0; for i in 0..60000 { x += i; } } time::sleep(`${n}m`); n })",
    );
    let (value, elapsed) = on_paused_clock(async {
        let start = tokio::time::Instant::now();
        let value = stage.try_run().await.unwrap();
        (super::super::json::to_json(&value).unwrap(), start.elapsed())
    });
    assert_eq!((value.to_string().as_str(), elapsed), ("[3,1,2]", Duration::from_mins(3)));
}

#[test]
fn what_branches_say_is_told_in_their_order() {
    let stage = stage(
        "fn work(n) { let x = 0; for i in 0..n { x += i; } x }
        print(\"before\");
        parallel([900, 300, 0], |n, index| {
            work(n);
            print(`${index} begins`);
            parallel([300, 0], |m, inner| { work(m); print(`${index} ${inner}`); });
            print(`${index} goes on`);
            if index == 1 { time::sleep(\"1s\"); }
            print(`${index} ends`);
        });
        print(\"after\");",
    );
    let expected = "before|0 begins|0 0|0 1|0 goes on|0 ends|1 begins|1 0|1 1|1 goes on|2 begins|2 0|2 1|2 goes on|2 ends\
                    |1 ends|after";
    for turn in 0..50 {
        stage.ears.0.lock().unwrap().clear();
        stage.value();
        assert_eq!(stage.log().join("|").replace("Info ", ""), expected, "run {turn}");
    }
}

#[test]
fn results_are_in_the_order_of_the_items() {
    assert_eq!(value("parallel([3, 1, 2], |n| { time::sleep(`${n}s`); n * 10 })"), "[30,10,20]");
    assert_eq!(value("parallel([\"a\", \"b\"], |item, index| `${index}${item}`)"), r#"["0a","1b"]"#);
    assert_eq!(value("fn twice(n) { n * 2 } parallel([1, 2], Fn(\"twice\"))"), "[2,4]");
    assert_eq!(value("parallel([], |n| n)"), "[]");
    assert_eq!(value("parallel([1], |n| { })"), "[null]");
    assert_eq!(value("[1, 2].map(|n| parallel([n], |m| parallel([m], |k| k + 1)))"), "[[[2]],[[3]]]");
}

#[test]
fn what_one_branch_changes_no_other_sees() {
    let script = "let n = 1; let list = [1]; let map = #{ a: [1] };
        let seen = parallel([1, 2, 3], |item| {
            n += item; list.push(item); map.a.push(item); time::sleep(\"1s\");
            [n, list, map.a]
        });
        [seen, n, list, map.a]";
    let expected = "[[[2,[1,1],[1,1]],[3,[1,2],[1,2]],[4,[1,3],[1,3]]],1,[1],[1]]";
    for _ in 0..20 {
        assert_eq!(value(script), expected);
    }
    // captured by a closure that is captured, and by two of them
    let script = "let n = 0; let add = |k| { n += k; }; let get = || n;
        [parallel([1, 2], |k| { add.call(k); time::sleep(\"1s\"); get.call() }), n]";
    assert_eq!(value(script), "[[1,2],0]");
    // shared with an item
    let script = "let n = 5; let f = || { n += 1; n }; [parallel([f, f], |g| { g.call(); g.call() + n }), n]";
    assert_eq!(value(script), "[[14,14],5]");
    let td = "let td = json::parse(`{\"a\":1}`); [parallel([1, 2], |k| { td.a = td.a + k; td.a }), td.a]";
    assert_eq!(value(td), "[[2,3],1]");
}

#[test]
fn a_closure_that_holds_itself_is_copied_once() {
    // it is captured by itself, though Rhai lets no closure call itself
    let script = "let f = (); let n = 0; f = |k| { n += k; if k > 100 { f.call(1) } else { n } };
        [parallel([3, 4], |k| { f.call(k); f.call(k) }), n]";
    assert_eq!(value(script), "[[6,8],0]");
}

#[test]
fn host_state_reaches_modules_and_methods_in_branches() {
    let stage = stage("import \"lib/a\" as a; parallel([1, 2], |n| [a::home(), [n].map(|m| a::home())[0]])")
        .file("lib/a.rhai", "fn home() { env::get(\"HOME\") }");
    assert_eq!(stage.value().to_string(), r#"[["/root","/root"],["/root","/root"]]"#);
    let keys = calls_of(&stage);
    assert_eq!(keys, ["1/0.1 HOME", "1/1.1 HOME", "1/0.2 HOME", "1/1.2 HOME"]);
}

#[test]
fn one_branch_fails_the_others_finish_and_the_lowest_is_told() {
    let stage = stage(
        "fn look(n) {
            if n == 2 { time::sleep(\"9s\"); env::get(\"BROKEN\"); }
            if n == 3 { throw \"three\"; }
            time::sleep(\"20s\");
            env::get(`finished ${n}`)
        }
        parallel([1, 2, 3, 4], |n| look(n));",
    );
    let failure = stage.failure();
    assert_eq!(failure.report.message, "no answer");
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Network);
    assert_eq!(failure.report.location().unwrap(), "release.rhai:2:49");
    let frames: Vec<_> = failure.report.frames.iter().map(|frame| frame.location().unwrap()).collect();
    assert_eq!(frames, ["release.rhai:7:36", "release.rhai:7:9"]);
    let names = stage.calls().into_iter().filter_map(|call| match call {
        Call::Host(HostCall::Environment { name }) => Some(name),
        _ => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), ["BROKEN", "finished 1", "finished 4"]);
    let told = shown(&failure.report);
    assert!(told.contains("in branch 1") && told.contains("in `look`"), "{told}");
}

#[test]
fn a_branch_that_fails_can_be_caught() {
    let caught = "let r = (); try { parallel([1, 2], |n| if n == 2 { env::require(\"NOT_SET\") }); } catch (e) { r = e.kind; } r";
    assert_eq!(value(caught), "\"missing\"");
    let caught = "let r = []; try { parallel([1, 2], |n| throw n); } catch (e) { r.push(e); } r";
    assert_eq!(value(caught), "[1]");
}

#[test]
fn what_ends_the_run_goes_before_what_can_be_caught() {
    let stage = stage(
        "try { parallel([1, 2, 3], |n| if n == 1 { throw n } else { approve(\"never\") }) } catch (e) { env::get(\"x\"); }",
    );
    let failure = stage.failure();
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Waiting);
    assert_eq!(failure.report.location().unwrap(), "release.rhai:1:60");
    assert_eq!(stage.calls().len(), 2);
}

#[test]
fn what_ends_the_run_is_not_swallowed_on_its_way() {
    // through `map`, Rhai makes it an error that `try` catches
    let swallowed = "fn ask() { try { [1].map(|n| approve(\"never\")); } catch { } }";
    for script in [
        "ask();",
        "ask(); env::get(\"x\");",
        "try { ask(); env::get(\"x\"); } catch { env::get(\"y\"); }",
        "ask(); throw 1;",
        "try { parallel([1], |n| ask()); } catch { } env::get(\"x\");",
        "try { [1].map(|n| parallel([1], |n| ask())); } catch { }",
    ] {
        let stage = stage(&format!("{swallowed} {script}"));
        assert_eq!(stage.failure().fault.unwrap().kind, FaultKind::Waiting, "{script}");
        assert_eq!(stage.calls().len(), 1, "{script}");
    }
}

#[test]
fn an_interruption_ends_all_branches() {
    let stage =
        stage("try { parallel([1, 2, 3], |n| if n == 1 { loop {} } else { env::get(\"STOP\") }) } catch (e) { } 5");
    let cancel = stage.cancel.clone();
    let calls = Arc::clone(&stage.world);
    std::thread::spawn(move || {
        // both other branches have been refused, and only the first one computes
        while calls.calls.lock().unwrap().len() < 2 {
            std::thread::yield_now();
        }
        cancel.cancel();
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let failure = runtime.block_on(stage.try_run()).unwrap_err();
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Interrupted);
}

#[test]
fn a_run_that_is_given_up_leaves_no_branch_behind() {
    let stage = stage("parallel([1, 2], |n| parallel([1, 2], |m| time::sleep(\"1h\")))");
    let running = Arc::downgrade(&stage.world);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let mut run = Box::pin(stage.try_run());
        while stage.calls().len() < 4 {
            let nothing = tokio::time::timeout(Duration::from_millis(1), &mut run).await;
            assert!(nothing.is_err());
        }
    });
    drop(stage);
    while running.strong_count() > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn a_mistake_of_ours_in_a_branch_is_told_as_such() {
    let failure = stage("parallel([1, 2], |n| if n == 2 { env::get(\"BUG\") })").failure();
    assert_eq!(failure.fault.unwrap().kind, FaultKind::Internal);
    assert!(failure.report.message.contains("a bug in an adapter"), "{}", failure.report.message);
}

#[test]
fn too_many_items_are_refused_before_any_has_begun() {
    let stage = stage("let items = []; for n in 0..257 { items.push(n); } parallel(items, |n| env::get(\"HOME\"))");
    let failure = stage.failure();
    assert_eq!(failure.report.message, "parallel: 257 items are too many: at most 256 run at the same time");
    assert_eq!(stage.calls(), []);
    assert_eq!(value("let items = []; for n in 0..256 { items.push(n); } parallel(items, |n| n).len()"), "256");
}

#[test]
fn branches_are_as_deep_as_the_script_itself() {
    let script = "fn down(n) { if n == 0 { 0 } else { 1 + down(n - 1) } } parallel([50, 55], |n| down(n))";
    assert_eq!(value(script), "[50,55]");
    assert_eq!(message("fn f() { f() } parallel([1], |n| f())"), "the calls nest too deeply");
}

#[test]
fn the_same_script_branches_on_many_threads_and_on_the_real_clock() {
    let stage = stage("parallel([3, 1, 2], |n| { time::sleep(`${n}ms`); env::get(\"HOME\"); n })");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    for _ in 0..20 {
        let value = runtime.block_on(stage.try_run()).unwrap().cast::<Array>();
        assert_eq!(value.iter().map(|n| n.as_int().unwrap()).collect::<Vec<_>>(), [3, 1, 2]);
    }
    assert_eq!(stage.calls().len(), 120);
}

#[test]
fn a_function_of_the_wrong_shape_is_explained() {
    let told = message("parallel([1], |a, b, c| a)");
    assert!(told.contains("anon$") || told.contains("function"), "{told}");
}

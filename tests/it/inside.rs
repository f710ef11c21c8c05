//! Runs that ask for the results of other runs.

use crate::program::{Ended, Session};

fn start(names: &str, args: &[&str]) -> Ended {
    let session = Session::new(env!("CARGO_BIN_EXE_inside")).with("INSIDE", names);
    let mut all = vec!["-j", "2", "--progress", "none"];
    all.extend(args);
    session.start(&all)
}

const HOW: [&[&str]; 2] = [&[], &["--isolate"]];

#[test]
fn a_run_may_ask_for_runs_of_its_own_and_of_another_experiment() {
    for how in HOW {
        // A process that does nothing for an inner invocation would store the sum of nothing.
        let ended = start("other", how);
        assert_eq!(ended.stdout, "other 30\n", "{how:?}: {ended}");
        let ended = start("chain,other", how);
        assert_eq!(ended.stdout, "chain 33\nother 30\n", "{how:?}: {ended}");
    }
}

#[test]
fn runs_that_need_themselves_fail_with_words() {
    for how in HOW {
        for names in ["itself", "around", "apart"] {
            let ended = start(names, how);
            assert_eq!(ended.code, Some(1), "{names} {how:?}: {ended}");
            assert!(
                ended.stderr.contains("a run needs its own result (key "),
                "{names} {how:?}: {ended}"
            );
        }
    }
    // Of processes beside each other, nothing is known.
    for names in ["left,right", "around,about"] {
        let ended = start(names, &[]);
        let count = ended.stderr.matches("a run needs its own result").count();
        assert_eq!(count, 2, "{ended}");
    }
}

#[test]
fn the_directory_of_a_run_stays_where_it_is() {
    for how in HOW {
        let session = Session::new(env!("CARGO_BIN_EXE_inside")).with("INSIDE", "absolute,other");
        let mut args = vec!["-q"];
        args.extend(how);
        let ended = session.start(&args);
        assert_eq!(ended.to_string(), "absolute 0\nother 30\n", "{how:?}");
        assert!(session.out_dir("absolute").join("artifact").is_file());
        let listed = session.start(&["--list", "--format", "json"]).stdout;
        assert!(listed.contains("\"out_dir\":\"out/absolute-"), "{listed}");
    }
}

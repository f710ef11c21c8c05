//! A program that has flags of its own beside ours.

use crate::program::Session;

fn own() -> Session {
    Session::new(env!("CARGO_BIN_EXE_own"))
}

/// The command behind `rerun with: `, as words; none of them has a quote.
fn rerun(stderr: &str) -> Vec<String> {
    let line = stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("rerun with: own "));
    let line = line.expect("a run failed");
    let words = line
        .split(' ')
        .map(|word| word.trim_matches('\'').to_owned());
    words.collect()
}

/// The printed commands had lost the program's own flags, so that they did another run or none.
#[test]
fn printed_commands_keep_the_programs_own_flags() {
    let session = own();
    for (args, expected) in [
        (&["--scale", "5"][..], "--scale 5 -- Scaled index=2"),
        (&["--scale", "6", "--"], "--scale 6 -- Scaled index=2"),
        (
            &["--scale", "7", "--", "--isolate", "index=2"],
            "--scale 7 -- --isolate Scaled index=2",
        ),
    ] {
        let failed = session.start(args);
        assert_eq!(failed.code, Some(1), "{failed}");
        let words = rerun(&failed.stderr);
        assert_eq!(words.join(" "), expected, "{failed}");
    }
    let again = session.start(&["--scale", "5", "--", "Scaled index=2"]);
    assert_eq!(again.totals(), "1 run: 1 failed", "{again}");
    let missing = session.start(&["--scale", "8", "--", "--report"]);
    assert!(
        missing
            .stderr
            .ends_with("`own --scale 8 --` runs what is missing\n"),
        "{missing}"
    );
    let wrong = session.start(&["--scale", "8", "--", "--set=index=x"]);
    assert!(
        wrong.stderr.ends_with("see `own --scale 8 -- --help`\n"),
        "{wrong}"
    );
}

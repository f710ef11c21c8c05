use super::*;

fn run(label: &str, key: u128, state: State) -> ListedRun {
    let name = label.split(' ').next().unwrap_or_default().to_owned();
    let key = Key::from_u128(key << 64);
    ListedRun {
        out_dir: format!("out/{name}-{:016x}", key.short()).into(),
        label: label.to_owned(),
        name,
        key,
        state,
        is_of_other_build: None,
        is_of_other_code: None,
        other_code: None,
        verified: None,
        is_kept: false,
        attempts: 0,
        is_upgraded: false,
        config: None,
    }
}

fn runs() -> Vec<ListedRun> {
    vec![
        run("base lr=0.1", 0x1c2d_3e4f, State::Cached),
        run("base lr=0.2", 0xffff_ffff_ffff_ffff, State::Missing),
        run(
            "wide",
            1,
            State::Stale("`layers` was u32, is u64".to_owned()),
        ),
        run(
            "bad\u{1b}[2J",
            2,
            State::Failed("cannot open\nno \"x\"".to_owned()),
        ),
    ]
}

fn listed(runs: &[ListedRun], format: Option<Format>) -> String {
    let mut out = Vec::new();
    list(&mut out, runs.iter().cloned(), format, Style::PLAIN).expect("a vector takes everything");
    String::from_utf8(out).expect("it is text")
}

fn dry(runs: &[ListedRun], rerun: bool, seconds: Option<u64>) -> String {
    let outlook = Outlook {
        rerun,
        jobs: 2,
        estimate: seconds.map(Duration::from_secs),
    };
    let mut out = Vec::new();
    dry_run(&mut out, runs.iter().cloned(), outlook, None, Style::PLAIN)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("it is text")
}

#[test]
fn a_list_shows_states_and_reasons() {
    let expected = r"
cached   000000001c2d3e4f  base lr=0.1
missing  ffffffffffffffff  base lr=0.2
stale    0000000000000001  wide
         `layers` was u32, is u64
failed   0000000000000002  bad\u{1b}[2J
         cannot open
         no \u{22}x\u{22}
4 runs: 1 cached, 1 missing, 1 stale, 1 failed
";
    let expected = expected.trim_start().replace("\\u{22}", "\"");
    assert_eq!(listed(&runs(), None), expected);
}

#[test]
fn a_list_marks_what_needed_several_attempts() {
    let mut run = run("base", 1, State::Cached);
    (run.attempts, run.is_kept) = (3, true);
    assert_eq!(
        listed(&[run], None),
        "cached   0000000000000001  base  (3 attempts, kept)\n1 run: 1 cached\n"
    );
}

#[test]
fn json_has_every_field() {
    let text = listed(&runs()[2..], Some(Format::Json));
    assert_eq!(
        text,
        r#"[
  {"key":"00000000000000010000000000000000","name":"wide","label":"wide","state":"stale","reason":"`layers` was u32, is u64","out_dir":"out/wide-0000000000000001","build":null,"code":null,"kept":false,"attempts":0,"upgraded":false,"config":null},
  {"key":"00000000000000020000000000000000","name":"bad\u001b[2J","label":"bad\u001b[2J","state":"failed","reason":"cannot open\nno \"x\"","out_dir":"out/bad\u001b[2J-0000000000000002","build":null,"code":null,"kept":false,"attempts":0,"upgraded":false,"config":null}
]
"#
    );
    assert_eq!(listed(&[], Some(Format::Json)), "[]\n");
}

#[test]
fn a_dry_run_shows_what_would_run() {
    let runs = &runs()[..2];
    assert_eq!(
        dry(runs, false, Some(125)),
        "missing  ffffffffffffffff  base lr=0.2\n\
             1 of 2 runs would run, for about 2 m 05 s with 2 jobs\n"
    );
    assert_eq!(
        dry(&runs[1..], false, None),
        "missing  ffffffffffffffff  base lr=0.2\n\
             1 of 1 run would run, for how long is not known: nothing like it has run yet\n"
    );
    assert_eq!(
        dry(&runs[..1], false, None),
        "nothing would run: 1 run, all cached\n"
    );
    assert_eq!(
        dry(&runs[..1], true, Some(1)),
        "cached   000000001c2d3e4f  base lr=0.1\n\
             1 of 1 run would run, for about 1 s with 2 jobs\n"
    );
}

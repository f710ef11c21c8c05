//! Completions, asked as a shell asks.

use std::process::Command;

use crate::{program::Session, selecting::TRAIN};

/// What bash offers at the end of a line, by its own script.
fn bash(session: &Session, line: &str) -> Vec<String> {
    let script = r#"
        source <("$1" --completions bash) || exit 1
        # As the shell takes a line apart: at blanks, and = and : are words of their own.
        line=$2
        COMP_WORDS=() COMP_LINE=$line COMP_POINT=${#line}
        word=""
        for ((i = 0; i < ${#line}; i++)); do
            c=${line:i:1}
            case $c in
                " ") COMP_WORDS+=("$word"); word="" ;;
                = | :) [[ -n $word ]] && COMP_WORDS+=("$word"); COMP_WORDS+=("$c"); word="" ;;
                *) word+=$c ;;
            esac
        done
        if [[ -n $word || ${COMP_WORDS[-1]} != [=:] ]]; then COMP_WORDS+=("$word"); fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_WORDS[0]=$1
        _runner_train
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["-c", script, "bash", TRAIN, line])
        .current_dir(session.path("."))
        .output()
        .expect("bash can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    text.lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn bash_completes_flags_fields_variants_and_runs() {
    let session = Session::new(TRAIN);
    let check = |line: &str, expected: &[&str]| {
        assert_eq!(bash(&session, line), expected, "{line}");
    };
    check("train --rep", &["--report", "--replicates"]);
    check("train --color ne", &["never"]);
    check("train --color=a", &["auto", "always"]);
    check("train --set ep", &["epochs="]);
    check("train --set optimizer=", &["sgd", "momentum"]);
    check("train --set=optimizer=m", &["momentum"]);
    check("train --sweep optimizer=sgd,m", &["sgd\\,momentum"]);
    check(
        "train --set optimizer.momentum.b",
        &["optimizer.momentum.beta="],
    );
    check("train --set note=n", &["none"]);
    check("train --where state=mis", &["missing"]);
    check("train --where output.", &["output.loss=", "output.steps="]);
    check("train --where build=", &["this", "other"]);
    check(
        "train tr",
        &["train\\ learning_rate=0.1", "train\\ learning_rate=0.01"],
    );
    check("train --output-dir x", &[]);
    assert!(!session.path("out").exists(), "completing touches no store");
}

#[test]
fn every_shell_has_a_script() {
    let session = Session::new(TRAIN);
    for shell in ["bash", "zsh", "fish"] {
        let script = session.start(&["--completions", shell]);
        assert_eq!(script.code, Some(0), "{script}");
        assert!(script.stdout.contains("train") && !script.stdout.contains("@PROGRAM"));
    }
}

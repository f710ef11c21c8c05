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
    check("train --rep", &["--report", "--replicates", "--report-to"]);
    check("train --color ne", &["never"]);
    check("train --color=a", &["auto", "always"]);
    check("train --isolate=", &["fresh", "kept"]);
    check(
        "train --isolate tr",
        &["train\\ learning_rate=0.1", "train\\ learning_rate=0.01"],
    );
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

/// Whether the machine has this shell; with `RUNNER_TEST_SHELLS`, it must.
fn has(shell: &str) -> bool {
    let is_there = Command::new(shell).args(["-c", "true"]).output().is_ok();
    assert!(
        is_there || std::env::var_os("RUNNER_TEST_SHELLS").is_none(),
        "there is no {shell}"
    );
    is_there
}

/// What a script of another shell prints, given the program and a line.
fn asked(session: &Session, shell: &str, args: &[&str], line: &str) -> String {
    let output = Command::new(shell)
        .args(args)
        .args([TRAIN, line])
        .current_dir(session.path("."))
        .output()
        .expect("the shell can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{line}: {output:?}");
    text
}

#[test]
fn fish_completes_flags_fields_variants_and_runs() {
    if !has("fish") {
        return;
    }
    let session = Session::new(TRAIN);
    // The script is for the program's name, which must be found by it.
    let script = r#"
        set -x PATH (dirname $argv[1]) $PATH
        train --completions fish | source
        complete -C $argv[2] | string replace -r '\t.*' ''
        true
    "#;
    let check = |line: &str, expected: &[&str]| {
        let text = asked(&session, "fish", &["--no-config", "-c", script], line);
        let mut offered: Vec<&str> = text.lines().collect();
        offered.sort_unstable();
        assert_eq!(offered, expected, "{line}");
    };
    check("train --rep", &["--replicates", "--report", "--report-to"]);
    check("train --color=a", &["--color=always", "--color=auto"]);
    check("train --set ep", &["epochs="]);
    check(
        "train --set optimizer=",
        &["optimizer=momentum", "optimizer=sgd"],
    );
    check("train --sweep optimizer=sgd,m", &["optimizer=sgd,momentum"]);
    check("train --where state=mis", &["state=missing"]);
    check("train --color ", &["always", "auto", "never"]);
    std::fs::write(session.path("plots"), "").expect("it can be written");
    check("train --output-dir pl", &["plots"]);
    let labels = ["train learning_rate=0.01", "train learning_rate=0.1"];
    for line in ["train tr", r"train train\ le", "train 'train le"] {
        check(line, &labels);
    }
    assert!(!session.path("out").exists(), "completing touches no store");
}

#[test]
fn zsh_completes_flags_fields_variants_and_runs() {
    if !has("zsh") {
        return;
    }
    let session = Session::new(TRAIN);
    // A shell in a terminal of its own is typed at, and asked what the line has become.
    let script = r#"
        zmodload zsh/zpty
        PATH=${1:h}:$PATH
        zpty -b shell zsh -f -i
        wait_for() {
            local chunk i
            seen=
            for i in {1..400}; do
                while zpty -rt shell chunk; do seen+=$chunk; done
                [[ $seen == ${~1} ]] && return
                sleep 0.05
            done
            print -r -- "waited in vain: $seen" >&2
            exit 1
        }
        zpty -w shell "PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D"
        zpty -w shell "source <(train --completions zsh); stty columns 300; unsetopt beep"
        zpty -w shell 'show() { print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^X" show; print READY""-NOW'
        wait_for '*READY-NOW*'
        zpty -w -n shell "$2"$'\t\x18'
        wait_for '*<<*>>*'
        print -r -- "${${seen##*<<}%%>>*}"
        zpty -d shell
    "#;
    let check = |line: &str, expected: &str| {
        let text = asked(&session, "zsh", &["-f", "-c", script, "zsh"], line);
        assert_eq!(text.trim_end_matches('\n'), expected, "{line}");
    };
    check("train --repl", "train --replicates ");
    check("train --rep", "train --rep");
    check("train --color=n", "train --color=never ");
    check("train --set ep", "train --set epochs=");
    check(
        "train --sweep optimizer=sgd,m",
        "train --sweep optimizer=sgd,momentum ",
    );
    check("train tr", r"train train\ learning_rate=0.");
    check(
        r"train train\ learning_rate=0.01",
        r"train train\ learning_rate=0.01 ",
    );
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

//! 300 random kills of programs, of their runs' processes and of both: every config ends with exactly the result of an
//! undisturbed run, nothing is done again that was done, and nothing is left behind.
//!
//! `FAULT_KILLS` is another number, `FAULT_SEED` names the moments.

use crate::{
    fault_random::Random,
    fault_storm::{Plan, Storm},
};

const THREADS: &[&str] = &["-j2", "--retries", "2"];
const PROCESSES: &[&str] = &["-j2", "--retries", "2", "--isolate"];
const KEPT_PROCESSES: &[&str] = &["-j2", "--retries", "2", "--isolate=kept"];

/// Kills as often as this part of all kills says, in as many directories as that takes.
fn check(part: usize, plan: Plan) {
    let all = std::env::var("FAULT_KILLS").ok();
    let all: usize = all.and_then(|number| number.parse().ok()).unwrap_or(300);
    let kills = all * part / 100;
    let mut random = Random::new();
    let mut undisturbed = Storm::new(plan);
    let report = undisturbed.finish();
    let mut done = 0;
    while done < kills {
        let mut storm = Storm::new(plan);
        storm.rage(kills - done, &mut random);
        assert!(storm.kills > 0, "everything is done before a kill");
        done += storm.kills;
        assert_eq!(storm.finish(), report);
        assert!(storm.results() == undisturbed.results(), "a result differs");
        storm.check_leftovers();
    }
}

#[test]
fn of_a_program() {
    check(
        30,
        Plan {
            programs: 1,
            args: THREADS,
        },
    );
}

#[test]
fn of_a_program_and_its_processes() {
    check(
        20,
        Plan {
            programs: 1,
            args: PROCESSES,
        },
    );
}

#[test]
fn of_a_program_and_processes_that_it_keeps() {
    check(
        20,
        Plan {
            programs: 1,
            args: KEPT_PROCESSES,
        },
    );
}

#[test]
fn of_four_programs_on_one_directory() {
    check(
        10,
        Plan {
            programs: 4,
            args: THREADS,
        },
    );
}

#[test]
fn of_four_programs_and_their_processes_on_one_directory() {
    check(
        20,
        Plan {
            programs: 4,
            args: PROCESSES,
        },
    );
}

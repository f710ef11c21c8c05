//! A process that a run leaves behind, out of reach, and that keeps open what the run printed to.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    process::{none_is_left_in, working_in},
    program::Session,
};

#[test]
fn nobody_waits_for_what_keeps_the_output_open() {
    // Long enough to outlive the program on any machine.
    let session = Session::sample(4).with("SAMPLE_LEAVE", 600);
    let ended = session.start(&["--isolate"]);
    let left = working_in(&session.path("."));
    for pid in &left {
        kill(Pid::from_raw(*pid), Signal::SIGKILL).expect("it is this user's");
    }
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stdout, "even 0 0\nodd 1 1\neven 2 4\nodd 3 9\n");
    assert_eq!(left.len(), 4, "they outlive the program");
    none_is_left_in(&session.path("."));
}

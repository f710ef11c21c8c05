//! How much memory a large output takes while it is stored and read.

use crate::program::Session;

/// More than all else in the process.
const OUTPUT_MB: u64 = 24;

/// Returns the peak of memory in megabytes.
fn peak(session: &Session, args: &[&str]) -> u64 {
    let ended = session.start(args);
    let peak = ended
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("peak "));
    peak.and_then(|peak| peak.parse().ok())
        .unwrap_or_else(|| panic!("it says how much\n{ended}"))
}

#[test]
fn an_output_is_in_memory_as_often_as_the_readme_says() {
    // Otherwise the allocator keeps up to 32 MB for later.
    let session = || {
        Session::new(env!("CARGO_BIN_EXE_large"))
            .with("LARGE_MB", OUTPUT_MB)
            .with("MALLOC_MMAP_THRESHOLD_", 1 << 17)
            .with("MALLOC_TRIM_THRESHOLD_", 1 << 17)
    };
    let stored = peak(&session(), &[]);
    let session = session();
    let isolated = peak(&session, &["--isolate"]);
    let cached = peak(&session, &[]);
    // The program itself takes a few megabytes.
    for (what, peak, times) in [
        ("isolated", isolated, 2),
        ("cached", cached, 2),
        ("stored", stored, 3),
    ] {
        assert!(
            peak < times * OUTPUT_MB + OUTPUT_MB / 2,
            "{what}: {peak} MB, for {OUTPUT_MB} MB"
        );
    }
}

/// The leaves of all configs had been in memory at once, to make labels of some.
#[test]
fn what_is_kept_of_a_config_is_small() {
    let mut session = Session::new(env!("CARGO_BIN_EXE_large"));
    session.start(&[]);
    let one = peak(&session, &["--report"]);
    session.set("LARGE_CONFIGS", 50_000);
    let many = peak(&session, &["--report"]);
    let bytes = ((many - one) << 20) / 50_000;
    assert!(bytes < 450, "{bytes} bytes");
}

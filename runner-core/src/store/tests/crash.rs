//! A crash before every step of everything that the store does, with every kind of loss, and then a restart.

use std::time::Duration;

use super::fixture::{Case, LONG, SHORT, decode_from, end_failed, number, publish};
use crate::{
    base::Error,
    store::{
        disk::Disk as _,
        failure::Failure,
        reader::ResultReader,
        record::{Look, Lookup},
        simulated::{Keep, Order, Simulated, SimulatedStore, Trouble},
    },
};

type Disk = SimulatedStore;

/// How many random losses are tried at each step.
const RANDOM_LOSSES: u64 = 24;

fn open(disk: Simulated) -> Disk {
    SimulatedStore::open(disk)
}

/// Something that the store does, on a disk that something durable is on.
pub(super) struct Scenario<'a> {
    pub(super) order: Order,
    pub(super) prepare: &'a dyn Fn(&Disk),
    pub(super) act: &'a dyn Fn(&Disk) -> Result<(), Error>,
    /// Called with the reopened store.
    pub(super) check: &'a dyn Fn(&Disk),
    /// Called with a store that did everything and was then cut off from power.
    pub(super) check_done: &'a dyn Fn(&Disk),
}

impl Scenario<'_> {
    pub(super) fn crash_everywhere(&self) {
        let before = Simulated::new(self.order);
        let store = open(before.fork(Trouble::None));
        (self.prepare)(&store);
        let start = store.disk.crashed(Keep::Nothing);
        let done = open(start.fork(Trouble::None));
        (self.act)(&done).expect("nothing is wrong with the disk");
        (self.check_done)(&open(done.disk.crashed(Keep::Nothing)));
        (self.check_done)(&open(done.disk.crashed(Keep::Everything)));
        let steps = done.disk.steps();
        assert!(steps > 0);
        for step in 0..steps {
            let store = open(start.fork(Trouble::Crash(step)));
            let _ = (self.act)(&store);
            for keep in losses(store.disk.pending()) {
                let found = open(store.disk.crashed(keep));
                let check = || (self.check)(&found);
                let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
                assert!(
                    result.is_ok(),
                    "after a crash before step {step} of {steps} that kept {keep:?}"
                );
            }
        }
    }
}

pub(super) fn losses(pending: usize) -> Vec<Keep> {
    let mut losses = vec![Keep::Nothing, Keep::Everything];
    for count in 0..pending {
        losses.extend([Keep::First(count, true), Keep::First(count, false)]);
    }
    losses.extend((0..RANDOM_LOSSES).map(Keep::Random));
    losses
}

/// The run can be done after the crash, as the engine does it, and is a hit from then on.
pub(super) fn complete(
    case: &Case,
    store: &Disk,
    output: u64,
    accepted: std::ops::Range<u64>,
) -> u64 {
    let stored = case.with(|wanted| {
        let lock = store
            .lock(wanted.identity.key)?
            .expect("a crash leaves no lock");
        let mut decode = |bytes: &[u8], digest| decode_from(&accepted, bytes, digest);
        let found = store.find(
            wanted,
            &mut ResultReader::default(),
            Look::Fresh,
            &mut decode,
        )?;
        if let Lookup::Hit { output, record } = found {
            let restored = store.restore(&lock, &record)?;
            let result = format!("{}/result.postcard", case.directory());
            assert!(!restored.aside || store.disk.exists(&result).expect("it can be looked for"));
            return Ok(number(&output));
        }
        publish(
            store
                .begin(lock, wanted, None, &mut || Ok(None))?
                .expect("nobody else stores it"),
            output,
            SHORT,
        )?;
        Ok::<_, Error>(output)
    });
    let stored = stored.expect("nothing is wrong with the disk");
    store.batch.flush().expect("nothing is wrong with the disk");
    let reopened = open(store.disk.crashed(Keep::Nothing));
    assert_eq!(case.state_in(&reopened, &accepted), Ok(stored));
    stored
}

const ANY: std::ops::Range<u64> = 0..u64::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    ByTheRun,
    /// What a short run leaves, beside the next one.
    Later,
}

fn check_first_store(order: Order, duration: Duration, written: Written) {
    let (case, other) = (Case::new("base", 1), Case::new("other", 2));
    Scenario {
        order,
        prepare: &|store| {
            other.run(store, 20, LONG).expect("it is stored");
        },
        act: &|store| {
            if written == Written::Later {
                store.batch.defer();
            }
            case.run(store, 10, duration)?;
            if duration == SHORT {
                store.batch.flush()
            } else {
                Ok(())
            }
        },
        check: &|store| {
            assert_eq!(other.state(store), Ok(20));
            assert!(matches!(
                case.state(store),
                Ok(10) | Err("missing" | "corrupt")
            ));
            let stored = complete(&case, store, 11, ANY);
            assert!(matches!(stored, 10 | 11));
        },
        check_done: &|store| assert_eq!((case.state(store), other.state(store)), (Ok(10), Ok(20))),
    }
    .crash_everywhere();
}

#[test]
fn a_first_result_is_there_or_not() {
    for order in [Order::Kept, Order::None] {
        for written in [Written::ByTheRun, Written::Later] {
            check_first_store(order, SHORT, written);
            check_first_store(order, LONG, written);
        }
    }
}

fn check_rerun(order: Order, duration: Duration) {
    let case = Case::new("base", 1);
    Scenario {
        order,
        prepare: &|store| {
            case.run(store, 10, duration).expect("it is stored");
            store.batch.flush().expect("it is synced");
        },
        act: &|store| {
            case.run(store, 11, duration)?;
            store.batch.flush()
        },
        check: &|store| {
            assert!(
                matches!(case.state(store), Ok(10 | 11)),
                "{:?}",
                case.state(store)
            );
            let stored = complete(&case, store, 12, ANY);
            assert!(matches!(stored, 10 | 11));
        },
        check_done: &|store| assert_eq!(case.state(store), Ok(11)),
    }
    .crash_everywhere();
}

#[test]
fn a_rerun_loses_nothing() {
    check_rerun(Order::Kept, SHORT);
    check_rerun(Order::Kept, LONG);
    check_rerun(Order::None, LONG);
}

fn check_stale(order: Order, duration: Duration) {
    let case = Case::new("base", 1);
    let (old, new) = (0..100, 100..200);
    Scenario {
        order,
        prepare: &|store| {
            case.run(store, 10, duration).expect("it is stored");
            store.batch.flush().expect("it is synced");
        },
        act: &|store| {
            case.attempt_in(store, &new, |attempt| publish(attempt, 110, duration))?;
            store.batch.flush()
        },
        check: &|store| {
            assert_eq!(case.state_in(store, &old), Ok(10));
            let stored = complete(&case, store, 111, new.clone());
            assert!(matches!(stored, 110 | 111));
            assert_eq!(case.state_in(store, &old), Ok(10));
            complete(&case, store, 12, old.clone());
            assert_eq!(case.state_in(store, &new), Ok(stored));
        },
        check_done: &|store| {
            assert_eq!(case.state_in(store, &new), Ok(110));
            assert_eq!(case.state_in(store, &old), Ok(10));
        },
    }
    .crash_everywhere();
}

#[test]
fn a_stale_result_stays_for_who_goes_back() {
    check_stale(Order::Kept, SHORT);
    check_stale(Order::Kept, LONG);
    check_stale(Order::None, LONG);
}

fn check_failed_rerun(order: Order, duration: Duration) {
    let case = Case::new("base", 1);
    Scenario {
        order,
        prepare: &|store| {
            case.run(store, 10, duration).expect("it is stored");
            store.batch.flush().expect("it is synced");
        },
        act: &|store| {
            case.attempt(store, |attempt| {
                let failure = Failure::now(
                    "no luck".to_owned(),
                    None,
                    1,
                    crate::store::build::Build::default(),
                );
                end_failed(attempt, &failure, duration)
            })
        },
        check: &|store| {
            assert_eq!(case.state(store), Ok(10));
            assert_eq!(complete(&case, store, 12, ANY), 10);
        },
        check_done: &|store| assert_eq!(case.state(store), Ok(10)),
    }
    .crash_everywhere();
}

#[test]
fn a_failed_rerun_puts_the_old_result_back() {
    check_failed_rerun(Order::Kept, SHORT);
    check_failed_rerun(Order::Kept, LONG);
    check_failed_rerun(Order::None, LONG);
}

#[test]
fn a_damaged_result_is_set_aside_and_done_again() {
    for order in [Order::Kept, Order::None] {
        let (case, other) = (Case::new("base", 1), Case::new("other", 2));
        Scenario {
            order,
            prepare: &|store| {
                case.run(store, 10, LONG).expect("it is stored");
                other.run(store, 20, LONG).expect("it is stored");
                let result = format!("{}/result.postcard", case.directory());
                store
                    .disk
                    .damage(&result, b"\x89runner\n and no more than that");
            },
            act: &|store| {
                case.run(store, 11, SHORT)?;
                store.batch.flush()
            },
            check: &|store| {
                assert_eq!(other.state(store), Ok(20));
                assert!(matches!(
                    case.state(store),
                    Ok(11) | Err("missing" | "corrupt")
                ));
                complete(&case, store, 12, ANY);
                if order == Order::Kept {
                    let names = store.disk.names(".");
                    assert!(
                        names.contains(&format!("{}~1", case.directory())),
                        "{names:?}"
                    );
                }
            },
            check_done: &|store| assert_eq!(case.state(store), Ok(11)),
        }
        .crash_everywhere();
    }
}

#[test]
fn short_runs_are_durable_once_flushed() {
    for order in [Order::Kept, Order::None] {
        let cases: Vec<Case> = (1..5).map(|key| Case::new("base", key)).collect();
        Scenario {
            order,
            prepare: &|store| {
                cases[0].run(store, 10, SHORT).expect("it is stored");
                store.batch.flush().expect("it is synced");
            },
            act: &|store| {
                cases[1].run(store, 11, SHORT)?;
                cases[2].run(store, 12, SHORT)?;
                store.batch.flush()?;
                cases[3].run(store, 13, SHORT).map(drop)
            },
            check: &|store| {
                assert_eq!(cases[0].state(store), Ok(10));
                for (case, output) in cases.iter().zip(10..) {
                    let state = case.state(store);
                    assert!(state == Ok(output) || matches!(state, Err("missing" | "corrupt")));
                    complete(case, store, output, ANY);
                }
            },
            check_done: &|store| {
                let states: Vec<_> = cases[..3].iter().map(|case| case.state(store)).collect();
                assert_eq!(states, [Ok(10), Ok(11), Ok(12)]);
            },
        }
        .crash_everywhere();
    }
}

#[test]
fn a_note_of_what_absence_meant_survives() {
    let old = Case::new("base", 1);
    let with = |value| Case::new("base", 1).with_omitted("momentum", value);
    Scenario {
        order: Order::None,
        prepare: &|store| {
            old.run(store, 10, LONG).expect("it is stored");
        },
        act: &|store| with(0).find(store, Look::Listed).map(drop),
        check: &|store| {
            assert_eq!(with(0).state(store), Ok(10));
            assert_eq!(with(1).state(store), Err("stale"));
        },
        check_done: &|store| assert_eq!(with(1).state(store), Err("stale")),
    }
    .crash_everywhere();
}

#[test]
fn a_full_disk_keeps_everything_and_says_so() {
    let (case, fresh) = (Case::new("base", 1), Case::new("fresh", 2));
    let start = open(Simulated::new(Order::Kept));
    case.run(&start, 10, SHORT).expect("it is stored");
    start.batch.flush().expect("it is synced");
    let act = |store: &Disk| {
        fresh.run(store, 20, LONG)?;
        case.run(store, 11, SHORT)?;
        store.batch.flush()
    };
    let done = open(start.disk.fork(Trouble::None));
    act(&done).expect("there is space");
    for step in 0..done.disk.steps() {
        let store = open(start.disk.fork(Trouble::Full(step)));
        if let Err(error) = act(&store) {
            assert!(error.is_store(), "{error}");
            assert!(error.to_string().contains("free some space"), "{error}");
        }
        let found = open(store.disk.fork(Trouble::None));
        assert!(matches!(case.state(&found), Ok(10 | 11)), "step {step}");
        assert!(
            matches!(fresh.state(&found), Ok(20) | Err("missing")),
            "step {step}"
        );
        complete(&fresh, &open(store.disk.crashed(Keep::Everything)), 21, ANY);
        complete(&case, &open(store.disk.crashed(Keep::Nothing)), 12, ANY);
    }
}

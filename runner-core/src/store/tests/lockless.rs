//! Where the file system refuses locks: races at every step, crashes at every step, one result.

use std::{collections::HashSet, fs, sync::Arc, thread};

use super::{
    crash::{Scenario, complete},
    fixture::{Case, LONG, SHORT, Scratch, decode_from, end_failed, hit, publish, publish_unless},
    refusing::Refusing,
};
use crate::{
    base::Error,
    store::{
        base::Store,
        build::Build,
        disk::{Access, Disk},
        failure::Failure,
        reader::ResultReader,
        record::Look,
        simulated::{Order, Schedule, Simulated, SimulatedStore, Trouble},
    },
};

type Numbers = std::ops::Range<u64>;

const ANY: Numbers = 0..u64::MAX;
const NONE: Numbers = 0..0;

fn open(disk: Simulated) -> SimulatedStore {
    SimulatedStore::open(disk)
}

/// A disk without locks.
fn lockless() -> Simulated {
    let disk = Simulated::new(Order::Kept);
    disk.refuse_locks();
    disk.miss_new_names();
    disk
}

/// What one process does, and what it answers.
#[derive(Clone)]
struct Process {
    case: Case,
    output: u64,
    /// The values that its output type holds.
    accepted: Numbers,
    /// The results that it runs again.
    replaced: Numbers,
}

impl Process {
    fn new(output: u64) -> Self {
        Self {
            case: Case::new("base", 1),
            output,
            accepted: ANY,
            replaced: NONE,
        }
    }

    /// Does the run as the engine does; answers with the result that it reports.
    fn perform(&self, store: &Store) -> Result<u64, Error> {
        self.case.with(|wanted| {
            let find = || {
                let mut decode = |bytes: &[u8], digest| decode_from(&self.accepted, bytes, digest);
                let found = store.find(
                    wanted,
                    &mut ResultReader::default(),
                    Look::Fresh,
                    &mut decode,
                )?;
                Ok::<_, Error>(hit(Ok(found)))
            };
            let lock = store
                .lock(wanted.identity.key)?
                .expect("no other thread of this process has it");
            let replaces = match find()? {
                Some((output, _)) if !self.replaced.contains(&output) => return Ok(output),
                found => found.map(|(_, record)| record),
            };
            let attempt = store
                .begin(lock, wanted, replaces.as_ref(), &mut || Ok(None))?
                .expect("nobody else stores it");
            let mut faster = None;
            let record = publish_unless(attempt, self.output, SHORT, || {
                let found = find()?.filter(|(output, _)| !self.replaced.contains(output));
                faster = found.as_ref().map(|(output, _)| *output);
                Ok(found.map(|(_, record)| record))
            })?;
            Ok(match record {
                Some(_) => self.output,
                None => faster.expect("somebody was faster"),
            })
        })
    }
}

/// Two processes race on a disk that `prepare` has prepared, at every choice of two changes from one to the other and back.
/// `check` is given what they answered and the disk.
fn race(
    prepare: impl Fn(&SimulatedStore),
    processes: &[Process; 2],
    check: impl Fn([u64; 2], &SimulatedStore),
) {
    let start = open(lockless());
    prepare(&start);
    let alone = |process: &Process| {
        let store = open(start.disk.fork(Trouble::None));
        let answer = process.perform(&store);
        assert_eq!(answer.expect("nothing is wrong"), process.output);
        store.disk.steps()
    };
    let [steps, steps_of_other] = [alone(&processes[0]), alone(&processes[1])];
    let mut seen = HashSet::new();
    for first in 0..=steps {
        for second in 1..=steps_of_other {
            let disk = start.disk.fork(Trouble::None);
            let parts = [(0, first), (1, second), (0, usize::MAX)];
            let schedule = Arc::new(Schedule::new(&parts));
            let stores = [0, 1].map(|owner| disk.scheduled(owner, &schedule));
            let answers = thread::scope(|scope| {
                let running: Vec<_> = stores
                    .into_iter()
                    .zip(processes)
                    .enumerate()
                    .map(|(owner, (disk, process))| {
                        let schedule = &schedule;
                        scope.spawn(move || {
                            let answer = process.perform(&open(disk));
                            schedule.end(owner);
                            answer.expect("nothing is wrong with the disk")
                        })
                    })
                    .collect();
                let mut answers = running.into_iter().map(thread::ScopedJoinHandle::join);
                [(); 2].map(|()| answers.next().and_then(Result::ok))
            });
            let answers = answers
                .map(|answer| answer.unwrap_or_else(|| panic!("after {first} and {second} steps")));
            let found = open(disk);
            let unfinished = found.disk.names(".");
            let unfinished = unfinished.iter().any(|name| name.contains(".unfinished"));
            assert!(!unfinished, "after {first} and {second} steps");
            check(answers, &found);
            seen.insert(answers);
        }
    }
    assert!(seen.len() > 1, "the schedule changes nothing: {seen:?}");
}

/// The directories of the run.
fn places(store: &SimulatedStore) -> Vec<String> {
    let names = store.disk.names(".");
    let mut places: Vec<_> = names
        .into_iter()
        .filter(|name| name.starts_with("base"))
        .collect();
    places.sort();
    places
}

#[test]
fn of_two_that_race_one_wins_and_both_report_it() {
    let case = Case::new("base", 1);
    let processes = [Process::new(1), Process::new(2)];
    race(
        |_| (),
        &processes,
        |[one, other], store| {
            assert_eq!((one, case.state(store)), (other, Ok(one)));
            assert_eq!(places(store), [format!("{}+1", case.directory())]);
        },
    );
}

#[test]
fn names_that_are_no_part_of_the_key_do_not_make_two_winners() {
    let label = |output: u64| {
        let mut process = Process::new(output);
        process.case.identity.name = format!("base{output}").into();
        process.case.named_by_key = false;
        process
    };
    let processes = [label(1), label(2)];
    race(
        |_| (),
        &processes,
        |[one, other], store| {
            assert_eq!(one, other);
            for process in &processes {
                assert_eq!(process.case.state(store), Ok(one));
            }
        },
    );
}

#[test]
fn racing_past_something_damaged_leaves_one_result() {
    let case = Case::new("base", 1);
    race(
        |store| {
            case.run(store, 9, LONG).expect("it is stored");
            let result = format!("{}+1/result.postcard", case.directory());
            store.disk.damage(&result, b"\x89runner\n and no more");
            let leftover = format!("{}/artifact", case.directory());
            store
                .disk
                .make_directory(&case.directory())
                .expect("there is space");
            let (create, durable) = (
                crate::store::disk::Create::New,
                crate::store::disk::Durable::Now,
            );
            store
                .disk
                .write(&leftover, b"of a killed attempt", create, durable)
                .expect("there is space");
        },
        &[Process::new(1), Process::new(2)],
        |[one, other], store| {
            assert_eq!((one, case.state(store)), (other, Ok(one)));
            let expected = ["", "+1", "+2"].map(|turn| format!("{}{turn}", case.directory()));
            assert_eq!(places(store), expected);
        },
    );
}

#[test]
fn racing_reruns_leave_one_new_result_and_the_old_one() {
    let case = Case::new("base", 1);
    let rerun = |output| Process {
        replaced: 9..10,
        ..Process::new(output)
    };
    race(
        |store| drop(case.run(store, 9, SHORT).expect("it is stored")),
        &[rerun(1), rerun(2)],
        |[one, other], store| {
            assert_eq!((one, case.state(store)), (other, Ok(one)));
            let expected = ["+1", "+2"].map(|turn| format!("{}{turn}", case.directory()));
            assert_eq!(places(store), expected);
        },
    );
}

#[test]
fn types_that_differ_each_keep_their_result() {
    let case = Case::new("base", 1);
    let typed = |output: u64| Process {
        accepted: output..output + 1,
        ..Process::new(output)
    };
    let start = open(lockless());
    for processes in [[typed(1), typed(2)], [typed(2), typed(1)]] {
        for process in &processes {
            let answer = process.perform(&start);
            assert_eq!(answer.expect("it is stored"), process.output);
        }
        for process in &processes {
            assert_eq!(case.state_in(&start, &process.accepted), Ok(process.output));
        }
    }
    assert_eq!(places(&start).len(), 2);
}

#[test]
fn who_has_a_lock_and_who_is_refused_one_disturb_each_other_in_nothing() {
    let case = Case::new("base", 1);
    let disk = Simulated::new(Order::Kept);
    let (with, without) = (open(disk.other_process()), open(disk.other_process()));
    case.attempt(&with, |attempt| {
        disk.refuse_locks();
        assert_eq!(Process::new(2).perform(&without)?, 2);
        publish(attempt, 1, SHORT)
    })
    .expect("it is stored");
    let expected = ["", "+1"].map(|turn| format!("{}{turn}", case.directory()));
    assert_eq!(places(&without), expected);
    assert_eq!(case.state(&open(disk)), Ok(2), "the last turn counts");
}

#[test]
fn locks_that_stop_working_are_an_error() {
    let case = Case::new("base", 1);
    let disk = Simulated::new(Order::Kept);
    let store = open(disk.other_process());
    case.run(&store, 1, SHORT).expect("it is stored");
    disk.refuse_locks();
    let error = store.lock(case.identity.key).expect_err("it is refused");
    assert!(error.to_string().contains("start again"), "{error}");
    assert_eq!(disk.names(".runner"), [""; 0]);
}

#[test]
fn a_crash_at_any_step_loses_nothing() {
    let (case, other) = (Case::new("base", 1), Case::new("other", 2));
    for (order, duration) in [
        (Order::Kept, SHORT),
        (Order::Kept, LONG),
        (Order::None, LONG),
    ] {
        Scenario {
            order,
            prepare: &|store| {
                store.disk.refuse_locks();
                other.run(store, 20, LONG).expect("it is stored");
            },
            act: &|store| {
                case.run(store, 10, duration)?;
                store.batch.flush()
            },
            check: &|store| {
                assert_eq!(other.state(store), Ok(20));
                let state = case.state(store);
                assert!(matches!(state, Ok(10) | Err("missing" | "corrupt")));
                assert!(matches!(complete(&case, store, 11, ANY), 10 | 11));
                assert_eq!(other.state(store), Ok(20));
            },
            check_done: &|store| {
                assert_eq!((case.state(store), other.state(store)), (Ok(10), Ok(20)));
            },
        }
        .crash_everywhere();
    }
}

#[test]
fn a_crash_of_a_rerun_keeps_the_old_result() {
    let case = Case::new("base", 1);
    for order in [Order::Kept, Order::None] {
        Scenario {
            order,
            prepare: &|store| {
                // The old one is from when there were locks.
                case.run(store, 10, LONG).expect("it is stored");
                store.disk.refuse_locks();
            },
            act: &|store| {
                let store = open(store.disk.other_process());
                case.run(&store, 11, LONG)?;
                store.batch.flush()
            },
            check: &|store| {
                assert!(matches!(case.state(store), Ok(10 | 11)));
                assert!(matches!(complete(&case, store, 12, ANY), 10 | 11));
            },
            check_done: &|store| assert_eq!(case.state(store), Ok(11)),
        }
        .crash_everywhere();
    }
}

#[test]
fn what_failed_is_left_until_it_is_tried_again() {
    let case = Case::new("base", 1);
    let store = open(lockless());
    let fail = || {
        case.attempt(&store, |attempt| {
            let failure = Failure::now("no luck".to_owned(), None, 1, Build::default());
            end_failed(attempt, &failure, SHORT)
        })
        .expect("it is noted");
        places(&store)
    };
    let left = fail();
    assert!(
        left.len() == 1 && left[0].ends_with(".unfinished"),
        "{left:?}"
    );
    assert_eq!(fail(), left);
    assert_eq!(fail(), left);
    let failure = case.failure(&store);
    assert_eq!(failure.expect("it is noted").error, "no luck");
    case.run(&store, 1, SHORT).expect("it is stored");
    assert_eq!(places(&store), [format!("{}+1", case.directory())]);
    // A rerun that fails has a result to go back to, and leaves nothing.
    let before = places(&store);
    assert_eq!(fail(), before);
    assert_eq!(case.state(&store), Ok(1));
}

#[test]
fn stores_on_real_files_race_to_one_result_each() {
    let scratch = Scratch::new();
    let cases: Vec<Case> = (1..40).map(|key| Case::new("base", key)).collect();
    let open = || {
        let disk = Refusing::open(&scratch.out()).expect("it opens");
        Store::new(Arc::new(disk), &scratch.out(), Access::Write)
    };
    let work = |number: u64| {
        let store = open();
        let mut answers = Vec::new();
        for case in &cases {
            let process = Process {
                case: case.clone(),
                ..Process::new(number)
            };
            answers.push(process.perform(&store).expect("it is stored"));
        }
        store.batch.flush().expect("it can be synced");
        answers
    };
    let answers: Vec<Vec<u64>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        let answers = workers.into_iter().map(thread::ScopedJoinHandle::join);
        answers
            .map(|answers| answers.expect("no worker panics"))
            .collect()
    });
    let store = open();
    for (index, case) in cases.iter().enumerate() {
        let found = case.state(&store).expect("it is a hit");
        assert!(answers.iter().all(|answers| answers[index] == found));
        let place = scratch.out().join(format!("{}+1", case.directory()));
        assert!(place.join("run.json").exists());
    }
    let count = fs::read_dir(scratch.out()).expect("it is there").count();
    let own = [".runner", ".gitignore"];
    assert_eq!(count, cases.len() + own.len(), "nothing else");
    let note = store.try_locks().expect("it can be tried");
    assert!(note.is_some_and(|note| note.contains("may run twice")));
    // Who reads sees the same.
    let reading = Store::new(
        Arc::new(Refusing::open(&scratch.out()).expect("it opens")),
        &scratch.out(),
        Access::Read,
    );
    let key = cases[0].identity.key;
    assert_eq!(reading.locks.holder(key).expect("nobody can tell"), None);
    assert_eq!(cases[0].state(&reading), cases[0].state(&store));
}

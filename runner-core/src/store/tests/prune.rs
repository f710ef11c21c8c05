//! `--prune` stopped before every step, and without locks.

use std::{collections::HashSet, fs, process::Command, sync::Arc};

use super::{
    crash::Scenario,
    fixture::{Case, LONG, SHORT, Scratch, end_failed, publish},
    refusing::Refusing,
};
use crate::{
    base::Error,
    store::{
        base::Store,
        build::Build,
        disk::{Access, Disk as _},
        failure::Failure,
        prune::{Prunable, Reach, Unreached},
        simulated::{Order, Simulated, SimulatedStore},
    },
};

type Disk = SimulatedStore;

/// A store on real files without locks.
fn lockless(scratch: &Scratch) -> Store {
    let disk = Refusing::open(&scratch.out()).expect("it opens");
    Store::new(Arc::new(disk), &scratch.out(), Access::Write)
}

fn fail(case: &Case, store: &Disk) {
    let failure = Failure::now("no luck".to_owned(), None, 1, Build::default());
    case.attempt(store, |attempt| end_failed(attempt, &failure, SHORT))
        .expect("it is noted");
}

/// Calls `act` with what the configs `reached` reach, whose results are in the directories `in_use`.
fn with_reach<R>(
    reached: &[&Case],
    in_use: &[String],
    kept: &[&Case],
    act: impl FnOnce(&Reach<'_>) -> R,
) -> R {
    let key_of = |case: &&Case| case.identity.key;
    let keys = reached.iter().map(key_of).collect();
    let kept = kept.iter().map(key_of).collect();
    let in_use: HashSet<String> = in_use.iter().cloned().collect();
    act(&Reach {
        origin: &reached[0].origin,
        old_versions: false,
        keys: &keys,
        in_use: &in_use,
        kept: &kept,
    })
}

fn prune(store: &Store, reach: &Reach<'_>) -> Result<Vec<Prunable>, Error> {
    let mut pruned = store.prunable(reach)?;
    let mut first_error = None;
    pruned.retain(|prunable| match store.prune(prunable, reach) {
        Ok(is_gone) => is_gone,
        Err(error) => {
            first_error.get_or_insert(error);
            false
        }
    });
    first_error.map_or(Ok(pruned), Err)
}

#[test]
fn a_crash_of_a_prune_loses_nothing_and_the_next_one_finishes() {
    let (reached, gone) = (Case::new("reached", 1), Case::new("gone", 2));
    let (kept, failed) = (Case::new("kept", 3), Case::new("failed", 4));
    let in_use = [reached.directory()];
    let prune = |store: &Disk| {
        with_reach(&[&reached, &failed], &in_use, &[&kept], |reach| {
            prune(store, reach)
        })
    };
    let (old, new) = (0..100, 100..200);
    for order in [Order::Kept, Order::None] {
        Scenario {
            order,
            prepare: &|store| {
                // The reached one has a stale result beside it, the one that is gone failed when it was run again.
                reached.run(store, 9, LONG).expect("it is stored");
                reached
                    .attempt_in(store, &new, |attempt| publish(attempt, 110, LONG))
                    .expect("it is stored");
                assert_eq!(reached.state_in(store, &old), Ok(9));
                gone.run(store, 20, LONG).expect("it is stored");
                kept.run(store, 30, LONG).expect("it is stored");
                fail(&gone, store);
                fail(&failed, store);
                store.batch.flush().expect("it can be synced");
                // Notes are not synced; here they are to be there.
                store.disk.sync_runs(&[]).expect("it can be synced");
            },
            act: &|store| prune(store).map(drop),
            check: &|store| {
                let check = |store: &Disk| {
                    let reached = reached.state_in(store, &new);
                    assert_eq!((reached, kept.state(store)), (Ok(110), Ok(30)));
                };
                check(store);
                assert!(matches!(gone.state(store), Ok(20) | Err("missing")));
                prune(store).expect("nothing is wrong with the disk");
                let mut names = store.disk.names(".");
                names.retain(|name| name != ".runner");
                // A disk that keeps later changes and forgets earlier ones may leave what does not say whose it is.
                if order == Order::Kept {
                    assert_eq!(names, [kept.directory(), reached.directory()]);
                    assert_eq!(store.disk.names(".runner/failed"), [""; 0]);
                }
                check(store);
                check(&SimulatedStore::open(store.disk.other_process()));
            },
            check_done: &|store| {
                let reached = reached.state_in(store, &new);
                assert_eq!((reached, kept.state(store)), (Ok(110), Ok(30)));
            },
        }
        .crash_everywhere();
    }
}

#[test]
fn without_locks_only_what_is_nobodys_goes() {
    let (reached, gone) = (Case::new("reached", 1), Case::new("gone", 2));
    let (running, busy) = (Case::new("running", 3), Case::new("busy", 4));
    let disk = Simulated::new(Order::Kept);
    let locked = SimulatedStore::open(disk.other_process());
    let store = SimulatedStore::open(disk.other_process());
    let abandoned = format!("{}.0-1-0.unfinished", reached.directory());
    busy.attempt(&locked, |attempt_with_lock| {
        disk.refuse_locks();
        reached.run(&store, 1, SHORT)?;
        reached.run(&store, 2, SHORT)?;
        gone.run(&store, 3, SHORT)?;
        // Nobody can tell whether a process of another machine is still there.
        store.disk.make_directory(&abandoned).expect("it is made");
        let pruned = running.attempt(&store, |attempt| {
            let in_use = [format!("{}+2", reached.directory())];
            let pruned = with_reach(&[&reached, &running, &busy], &in_use, &[], |reach| {
                prune(&store, reach)
            })?;
            publish(attempt, 4, SHORT)?;
            Ok(pruned)
        })?;
        let pruned: Vec<_> = pruned
            .into_iter()
            .map(|prunable| (prunable.directory, prunable.why))
            .collect();
        let expected = [
            (format!("{}+1", reached.directory()), Unreached::Aside),
            (format!("{}+1", gone.directory()), Unreached::Result),
        ];
        assert_eq!(pruned, expected);
        publish(attempt_with_lock, 5, SHORT)
    })
    .expect("nothing is wrong with the disk");
    let states = [&reached, &running, &busy].map(|case| case.state(&store));
    assert_eq!(states, [Ok(2), Ok(4), Ok(5)]);
    assert!(store.disk.exists(&abandoned).expect("it is looked for"));
}

#[test]
fn what_a_killed_process_left_goes_when_it_is_certainly_gone() {
    // Elsewhere nobody can tell one machine from another.
    let goes = cfg!(target_os = "linux");
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = lockless(&scratch);
    let own = case.attempt(&store, |attempt| Ok(attempt.directory().to_owned()));
    let own = own.expect("it is abandoned");
    let own = own.file_name().expect("it has a name").to_string_lossy();
    let mut process = Command::new("true").spawn().expect("it can be started");
    process.wait().expect("it ends");
    let of = |pid: u32| {
        let name = own.replace(&format!("-{}-", std::process::id()), &format!("-{pid}-"));
        scratch.out().join(name)
    };
    let (gone, alive) = (of(process.id()), of(1));
    let leave = || {
        for left in [&gone, &alive] {
            fs::create_dir_all(left).expect("it can be made");
            fs::write(left.join("artifact"), b"half").expect("it can be written");
        }
    };
    leave();
    let pruned = with_reach(&[&case], &[], &[], |reach| prune(&store, reach));
    let pruned = pruned.expect("it can be removed");
    let why: Vec<_> = pruned.iter().map(|prunable| prunable.why).collect();
    let expected = goes.then_some(Unreached::Unfinished);
    assert_eq!(why, expected.into_iter().collect::<Vec<_>>());
    assert_eq!((gone.exists(), alive.exists()), (!goes, true));
    leave();
    case.run(&lockless(&scratch), 1, SHORT)
        .expect("it is stored");
    assert_eq!((gone.exists(), alive.exists()), (!goes, true));
}

//! Names that another machine has made, on a disk that lets each process miss for a while what it found missing before.

use super::fixture::{Case, LONG, SHORT, hit, publish};
use crate::store::{
    attempt::Attempt,
    record::{Look, Wanted},
    simulated::{Order, Simulated, SimulatedStore},
};

/// Two machines on one disk.
fn machines() -> [SimulatedStore; 2] {
    let disk = Simulated::new(Order::Kept);
    disk.miss_new_names();
    [(); 2].map(|()| SimulatedStore::open(disk.other_process()))
}

/// Looks under the lock as the engine does, and begins the run if there is nothing.
fn look_and_begin<'a>(store: &'a SimulatedStore, case: &'a Case) -> Result<Attempt<'a>, u64> {
    let lock = store.lock(case.identity.key).expect("there are locks");
    let lock = lock.expect("it is free");
    if let Some((output, _)) = hit(case.find(store, Look::Fresh)) {
        return Err(output);
    }
    let wanted = Wanted {
        identity: &case.identity,
        origin: &case.origin,
        code: &case.code,
        named_by_key: true,
        configs: case,
        run: 0,
    };
    let begun = store.begin(lock, &wanted, None, &mut || Ok(None));
    Ok(begun.expect("it is written").expect("nothing counts"))
}

fn directories(store: &SimulatedStore) -> Vec<String> {
    let mut names = store.disk.names(".");
    names.retain(|name| name != ".runner");
    names
}

#[test]
fn a_result_of_another_machine_is_found_under_the_lock() {
    let [here, there] = machines();
    let case = Case::new("base", 1);
    assert_eq!(case.state(&here), Err("missing"));
    case.run(&there, 1, LONG).expect("it is stored");
    assert_eq!(case.state(&here), Err("missing"), "names are stale");
    assert_eq!(look_and_begin(&here, &case).err(), Some(1));
    assert_eq!(directories(&there), [case.directory()]);
}

#[test]
fn a_result_in_a_directory_that_was_seen_without_it_is_found_too() {
    let [here, there] = machines();
    let case = Case::new("base", 1);
    let attempt = look_and_begin(&there, &case).expect("there is nothing");
    assert_eq!(case.state(&here), Err("missing"));
    publish(attempt, 1, SHORT).expect("it is stored");
    assert_eq!(look_and_begin(&here, &case).err(), Some(1));
    assert_eq!(directories(&there), [case.directory()]);
}

#[test]
fn a_result_that_came_after_the_look_is_not_set_aside() {
    let [here, there] = machines();
    let case = Case::new("base", 1);
    case.with(|wanted| {
        let lock = here.lock(case.identity.key)?.expect("it is free");
        assert!(hit(case.find(&here, Look::Fresh)).is_none());
        let of_there = there.begin(
            there
                .lock(Case::new("other", 2).identity.key)?
                .expect("it is free"),
            wanted,
            None,
            &mut || Ok(None),
        )?;
        publish(of_there.expect("nothing counts"), 1, SHORT)?;
        let mut counting = || Ok(hit(case.find(&here, Look::Fresh)).map(|(_, record)| record));
        assert!(here.begin(lock, wanted, None, &mut counting)?.is_none());
        Ok::<_, crate::base::Error>(())
    })
    .expect("nothing is wrong with the disk");
    assert_eq!(directories(&there), [case.directory()]);
    assert_eq!(case.state(&there), Ok(1));
}

#[test]
fn putting_back_and_pruning_remove_no_result_of_another_machine() {
    let [here, there] = machines();
    let case = Case::new("base", 1);
    case.run(&there, 1, LONG).expect("it is stored");
    let rerun = case.attempt(&there, |attempt| {
        // Found set aside, as the one at its place is not there yet.
        let (_, record) = hit(case.find(&here, Look::Listed)).expect("it is aside");
        assert!(record.aside);
        publish(attempt, 2, LONG)?;
        Ok(record)
    });
    let record = rerun.expect("it is stored");
    here.put_right(case.identity.key, record);
    assert_eq!(case.state(&there), Ok(2));
}

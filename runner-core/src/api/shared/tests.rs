//! Values that are made by several threads, or that are needed to make themselves.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread::scope,
};

use super::*;

/// A value asked for at a place of its own, by the run's own thread or by another one.
macro_rules! ask {
    ($shared:expr, $is_own:expr, $make:expr) => {
        $shared.get(Location::caller(), $make, $is_own, &Progress::default())
    };
}

/// Shared values whose threads lose patience at once.
fn hasty() -> Shared {
    let mut shared = Shared::default();
    shared.patience = Patience {
        first: Duration::from_millis(1),
        idle_share: 1e6,
    };
    shared
}

fn error(result: anyhow::Result<Arc<u32>>) -> String {
    let text = result.expect_err("it cannot be made").to_string();
    let mut shown = String::new();
    for (index, part) in text.split(file!()).enumerate() {
        let rest = part.trim_start_matches(|character: char| ":0123456789".contains(character));
        shown += if index == 0 { part } else { rest.trim_start() };
    }
    shown
}

#[track_caller]
fn itself(shared: &Shared, is_own: bool, deep: &AtomicUsize) -> anyhow::Result<Arc<u32>> {
    fn at(
        place: &'static Location<'static>,
        shared: &Shared,
        is_own: bool,
        deep: &AtomicUsize,
    ) -> anyhow::Result<Arc<u32>> {
        let make = || {
            deep.fetch_add(1, Ordering::Relaxed);
            Ok(*at(place, shared, is_own, deep)? + 1)
        };
        shared.get(place, make, is_own, &Progress::default())
    }
    at(Location::caller(), shared, is_own, deep)
}

#[test]
fn a_value_that_asks_for_itself_is_an_error() {
    for (is_own, deepest) in [(true, 1), (false, NESTED_MAX + 1)] {
        let (shared, deep) = (Shared::default(), AtomicUsize::new(0));
        assert_eq!(
            error(itself(&shared, is_own, &deep)),
            "cannot make the shared value at it is needed to make itself"
        );
        assert_eq!(deep.into_inner(), deepest);
    }
}

#[test]
fn a_value_that_asks_for_itself_in_another_thread_is_an_error() {
    fn at(shared: &Shared, is_own: bool) -> anyhow::Result<Arc<u32>> {
        ask!(shared, is_own, || {
            let asked = scope(|scope| scope.spawn(|| at(shared, false)).join());
            Ok(*asked.expect("it does not panic")? + 1)
        })
    }
    let shown = error(at(&hasty(), true));
    assert!(
        shown.ends_with("it may be needed to make itself, in another thread"),
        "{shown}"
    );
}

#[test]
fn values_that_ask_for_each_other_are_an_error_in_one_thread_and_in_two() {
    fn left(shared: &Shared, is_own: bool, meet: &dyn Fn()) -> anyhow::Result<Arc<u32>> {
        ask!(shared, is_own, || {
            meet();
            Ok(*right(shared, is_own, meet)?)
        })
    }
    fn right(shared: &Shared, is_own: bool, meet: &dyn Fn()) -> anyhow::Result<Arc<u32>> {
        ask!(shared, is_own, || {
            meet();
            Ok(*left(shared, is_own, meet)?)
        })
    }
    for is_own in [true, false] {
        let shown = error(left(&Shared::default(), is_own, &|| {}));
        assert!(shown.ends_with("it is needed to make itself"), "{shown}");
    }
    for is_own in [true, false] {
        let (shared, barrier, count) = (Shared::default(), Barrier::new(2), AtomicUsize::new(0));
        let meet = || {
            if count.fetch_add(1, Ordering::Relaxed) < 2 {
                barrier.wait();
            }
        };
        let (shared, meet): (&Shared, &(dyn Fn() + Sync)) = (&shared, &meet);
        let (one, other) = scope(|scope| {
            let other = scope.spawn(move || error(right(shared, is_own, &meet)));
            let one = error(left(shared, is_own, &meet));
            (one, other.join().expect("it does not panic"))
        });
        for shown in [one, other] {
            assert!(shown.ends_with("it is needed to make itself"), "{shown}");
        }
    }
}

#[test]
fn a_thread_that_sees_nothing_go_on_makes_the_value_too() {
    fn at(shared: &Shared, is_own: bool, make: impl FnOnce() -> u32) -> Arc<u32> {
        ask!(shared, is_own, || Ok(make())).expect("it can be made")
    }
    let (shared, done) = (hasty(), Barrier::new(2));
    scope(|scope| {
        let blocked = scope.spawn(|| {
            at(&shared, true, || {
                done.wait();
                1
            })
        });
        while locked(&shared.state).cells.is_empty() {
            thread::yield_now();
        }
        assert_eq!(*at(&shared, false, || 2), 2);
        done.wait();
        assert_eq!(blocked.join().ok().as_deref(), Some(&2), "the first counts");
    });
    assert_eq!(*at(&shared, true, || 3), 2);
}

#[test]
fn values_are_dropped_whatever_they_do() {
    struct Bomb(&'static str);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(thread::panicking(), "{}", self.0);
        }
    }
    let shared = Shared::default();
    ask!(shared, true, || Ok(Bomb("first"))).expect("it can be made");
    ask!(shared, true, || Ok(Bomb("second"))).expect("it can be made");
    let told = shared.release();
    assert_eq!(told.len(), 2);
    assert!(told[0].contains(" panicked when it was dropped: "));
    ask!(shared, true, || Ok(Bomb("third"))).expect("it can be made");
    drop(shared);
}

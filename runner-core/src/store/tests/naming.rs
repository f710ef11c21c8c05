//! Names, labels and keys that nearly collide.

use std::fs;

use super::fixture::{Case, LONG, SHORT, Scratch, hit, names};
use crate::store::record::Look;
use crate::value::Key;

#[test]
fn a_label_may_change() {
    let scratch = Scratch::new();
    let mut old = Case::new("old", 1);
    old.named_by_key = false;
    let mut new = Case::new("new", 1);
    new.named_by_key = false;
    let (here, there) = (scratch.store(), scratch.store());
    assert_eq!(new.state(&here), Err("missing"));
    old.run(&there, 1, SHORT).expect("it is stored");
    // The listing is outdated; under the lock it does not count.
    let found = hit(new.find(&here, Look::Fresh));
    assert_eq!(found.map(|(output, _)| output), Some(1));
    assert_eq!(new.state(&scratch.store()), Ok(1));
    new.run(&here, 2, SHORT).expect("it is stored");
    here.batch.flush().expect("it can be synced");
    assert_eq!(names(&scratch), [new.directory()]);
    assert_eq!(old.state(&scratch.store()), Ok(2));
}

#[test]
fn another_label_is_seen_whoever_came_or_went() {
    let label = |name: &str, key| Case {
        named_by_key: false,
        ..Case::new(name, key)
    };
    // Whether the other store comes before the first look, and whether it goes before the second.
    for (comes_first, goes) in [(false, false), (false, true), (true, false), (true, true)] {
        let scratch = Scratch::new();
        let here = scratch.store();
        let open_there = || {
            let there = scratch.store();
            label("early", 3)
                .run(&there, 3, SHORT)
                .expect("it is stored");
            there
        };
        let early = comes_first.then(open_there);
        label("first", 1)
            .run(&here, 1, SHORT)
            .expect("it is stored");
        let there = early.unwrap_or_else(open_there);
        label("old", 2).run(&there, 2, SHORT).expect("it is stored");
        let _there = (!goes).then_some(there);
        let found = hit(label("new", 2).find(&here, Look::Fresh));
        let output = found.map(|(output, _)| output);
        assert_eq!(output, Some(2), "{comes_first} {goes}");
    }
}

#[test]
fn first_bits_in_common_make_two_directories() {
    let scratch = Scratch::new();
    let one = Case::new("base", 1);
    let mut two = one.clone();
    two.identity.key = Key::from_u128(one.identity.key.as_u128() + 1);
    let store = scratch.store();
    one.run(&store, 1, LONG).expect("it is stored");
    assert_eq!(two.state(&store), Err("missing"));
    two.run(&store, 2, LONG).expect("it is stored");
    two.run(&store, 3, LONG).expect("it is stored");
    store.batch.flush().expect("it can be synced");
    for store in [store, scratch.store()] {
        assert_eq!((one.state(&store), two.state(&store)), (Ok(1), Ok(3)));
    }
    let full = format!("base-{}", two.identity.key);
    assert_eq!(names(&scratch), [one.directory(), full]);
}

#[test]
fn any_name_is_stored_inside() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let long = "x".repeat(300);
    let odd = [
        "a/b", "../../up", "..", "nul\0", "🦀", &long, "Base", "base", "", "-rf", "~1", "a~1",
    ];
    for (key, name) in (1..).zip(odd) {
        let case = Case::new(name, key);
        case.run(&store, 7, SHORT).expect("it is stored");
        assert_eq!(case.state(&store), Ok(7), "{name}");
        assert_eq!(case.state(&scratch.store()), Ok(7), "{name}");
    }
    assert_eq!(names(&scratch).len(), odd.len());
    assert_eq!(
        fs::read_dir(scratch.path()).expect("it is there").count(),
        1
    );
}

//! From the first run to reruns, failures and back.

use super::fixture::{Case, SHORT, Scratch};

#[test]
fn what_is_stored_is_found() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    assert_eq!(case.state(&store), Err("missing"));
    let record = case.run(&store, 42, SHORT).expect("it is stored");
    assert_eq!(record.directory, case.directory());
    assert_eq!(case.state(&store), Ok(42));
    store.flush().expect("it can be synced");
    assert_eq!(case.state(&scratch.store()), Ok(42));
}

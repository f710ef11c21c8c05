//! [`SimulatedStore`]: a store on a simulated disk that a test looks at too.

use std::{ops::Deref, path::Path, sync::Arc};

use super::Simulated;
use crate::store::{base::Store, disk::Access};

pub(in crate::store) struct SimulatedStore {
    store: Store,
    pub(in crate::store) disk: Arc<Simulated>,
}

impl SimulatedStore {
    pub(in crate::store) fn open(disk: Simulated) -> Self {
        let disk = Arc::new(disk);
        Self {
            store: Store::new(disk.clone(), Path::new("out"), Access::Write),
            disk,
        }
    }
}

impl Deref for SimulatedStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

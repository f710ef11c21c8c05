//! [`Schedule`]: which of several processes takes how many steps before another one goes on.

use std::sync::{Condvar, Mutex, PoisonError};

/// The steps of processes, in an order that is given.
#[derive(Debug)]
pub(in crate::store) struct Schedule {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Who is next, and for how many steps; the last part comes first.
    parts: Vec<(usize, usize)>,
    ended: Vec<usize>,
}

impl Schedule {
    /// Each part is a process and how many steps it takes then; after the last one, everyone goes on at will.
    pub(in crate::store) fn new(parts: &[(usize, usize)]) -> Self {
        Self {
            state: Mutex::new(State {
                parts: parts.iter().rev().copied().collect(),
                ended: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn wait_for_turn(&self, owner: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            while let Some(&(next, steps)) = state.parts.last()
                && (steps == 0 || state.ended.contains(&next))
            {
                state.parts.pop();
            }
            match state.parts.last_mut() {
                Some((next, steps)) if *next == owner => *steps -= 1,
                None => {}
                Some(_) => {
                    let changed = self.changed.wait(state);
                    state = changed.unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
            }
            self.changed.notify_all();
            return;
        }
    }

    /// A process takes no more steps.
    pub(in crate::store) fn end(&self, owner: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended.push(owner);
        self.changed.notify_all();
    }
}

//! [`try_map`] and [`map_parts`] spread quick work over all cores; [`locked`] locks a mutex.

use std::{
    convert::Infallible,
    iter,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// Minimum number of items for another thread.
const ITEMS_PER_THREAD_MIN: usize = 256;
/// Number of batches for each thread. Other threads go on with the rest while one takes longer.
const BATCHES_PER_THREAD: usize = 8;

/// Maps every item with its index, in order, each thread with a state of its own.
///
/// Begins with the last items: new ones mostly stand at the end, and take longest.
///
/// # Errors
///
/// The error of the first item that has one.
pub(crate) fn try_map<T: Sync, S, R: Send, E: Send>(
    items: &[T],
    state: impl Fn() -> S + Sync,
    map: impl Fn(&mut S, usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    try_map_on(threads_for(items.len()), items, state, map)
}

/// Maps the items in as many parts as there are threads for them, in order. There is at least one part.
pub(crate) fn map_parts<T: Sync, R: Send>(items: &[T], map: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = threads_for(items.len());
    let part_size = items.len().div_ceil(threads);
    let parts: Vec<_> = match part_size {
        0 => vec![items],
        part_size => items.chunks(part_size).collect(),
    };
    let mapped = try_map_on(
        threads,
        &parts,
        || (),
        |(), _, part| Ok::<R, Infallible>(map(part)),
    );
    match mapped {
        Ok(mapped) => mapped,
        Err(never) => match never {},
    }
}

fn try_map_on<T: Sync, S, R: Send, E: Send>(
    threads: usize,
    items: &[T],
    state: impl Fn() -> S + Sync,
    map: impl Fn(&mut S, usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    if threads == 1 {
        let mut state = state();
        let indexed = items.iter().enumerate();
        return indexed
            .map(|(index, item)| map(&mut state, index, item))
            .collect();
    }
    let batch_size = items.len().div_ceil(threads * BATCHES_PER_THREAD);
    let mut mapped: Vec<Option<R>> = iter::repeat_with(|| None).take(items.len()).collect();
    let batches = items.chunks(batch_size).zip(mapped.chunks_mut(batch_size));
    // The last one is taken first.
    let batches = Mutex::new(batches.enumerate().collect::<Vec<_>>());
    let first_error = Mutex::new(None);
    let work = || {
        let mut state = state();
        // A function, so that the lock is released before the work.
        let next = || locked(&batches).pop();
        while let Some((number, (items, mapped))) = next() {
            for (offset, (item, mapped)) in items.iter().zip(mapped).enumerate() {
                let index = number * batch_size + offset;
                match map(&mut state, index, item) {
                    Ok(result) => *mapped = Some(result),
                    Err(error) => {
                        let mut first = locked(&first_error);
                        if first.as_ref().is_none_or(|(earlier, _)| index < *earlier) {
                            *first = Some((index, error));
                        }
                        break;
                    }
                }
            }
        }
    };
    on_threads(threads, &work);
    let first_error = first_error
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    match first_error {
        Some((_, error)) => Err(error),
        // Each is there, as there was no error.
        None => Ok(mapped.into_iter().map_while(|mapped| mapped).collect()),
    }
}

fn threads_for(items: usize) -> usize {
    let threads_max = items / ITEMS_PER_THREAD_MIN;
    if threads_max <= 1 {
        // Asking for the number of cores takes a dozen system calls.
        return 1;
    }
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    cores.min(threads_max)
}

/// Does the same work on this number of threads. Compiled once, not for each type.
fn on_threads(threads: usize, work: &(dyn Fn() + Sync)) {
    thread::scope(|scope| {
        let mut started = Vec::with_capacity(threads);
        for _ in 0..threads {
            let Ok(thread) = thread::Builder::new().spawn_scoped(scope, work) else {
                // The machine has no room for more threads; this one does the rest.
                work();
                break;
            };
            started.push(thread);
        }
        for thread in started {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// Locks a mutex, also after a panic: no guard is held across anything that can panic half-way.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{map_parts, try_map};

    #[test]
    fn order_and_indexes_are_kept_however_many_threads_there_are() {
        for length in [0, 1, 10, 255, 512, 5000] {
            let items: Vec<usize> = (0..length).collect();
            let mapped = try_map(
                &items,
                || (),
                |(), index, item| Ok::<_, ()>((index, item * 2)),
            );
            let expected: Vec<_> = (0..length).map(|item| (item, item * 2)).collect();
            assert_eq!(mapped, Ok(expected));
        }
    }

    #[test]
    fn parts_are_in_order_and_leave_nothing_out() {
        for length in [0, 1, 10, 255, 512, 5000, 5001] {
            let items: Vec<usize> = (0..length).collect();
            let parts = map_parts(&items, <[usize]>::to_vec);
            assert!(!parts.is_empty());
            assert_eq!(parts.concat(), items);
        }
    }

    #[test]
    fn the_first_error_wins() {
        let items: Vec<usize> = (0..5000).collect();
        let mapped = try_map(
            &items,
            || (),
            |(), index, _| {
                if index % 1000 == 700 {
                    Err(index)
                } else {
                    Ok(())
                }
            },
        );
        assert_eq!(mapped, Err(700));
    }
}

//! Spreads quick work over all cores.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The fewest items for which another thread is worth its start.
const ITEMS_PER_THREAD_MIN: usize = 256;
/// Into how many batches the items of a thread are split, so that one that takes longer holds up nobody.
const BATCHES_PER_THREAD: usize = 8;

/// Maps every item with its index, in order, each thread with a state of its own.
///
/// The last items are begun first: what is new mostly stands at the end, and takes longest.
///
/// # Errors
///
/// The error of the first item that has one.
pub(crate) fn try_map<T: Sync, S, R: Send, E: Send>(
    items: &[T],
    state: impl Fn() -> S + Sync,
    map: impl Fn(&mut S, usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = cores.min(items.len() / ITEMS_PER_THREAD_MIN).max(1);
    if threads == 1 {
        let mut state = state();
        let indexed = items.iter().enumerate();
        return indexed
            .map(|(index, item)| map(&mut state, index, item))
            .collect();
    }
    let batch_size = items.len().div_ceil(threads * BATCHES_PER_THREAD);
    let batches: Vec<&[T]> = items.chunks(batch_size).collect();
    let left = AtomicUsize::new(batches.len());
    let work = || {
        let mut state = state();
        let mut mapped = Vec::new();
        while let Ok(left) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        }) {
            let number = left - 1;
            let indexed = batches[number].iter().enumerate();
            let batch: Result<Vec<R>, E> = indexed
                .map(|(offset, item)| map(&mut state, number * batch_size + offset, item))
                .collect();
            mapped.push((number, batch));
        }
        mapped
    };
    let mut mapped = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = handles.into_iter().map(|handle| match handle.join() {
            Ok(mapped) => mapped,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect::<Vec<_>>()
    });
    mapped.sort_unstable_by_key(|(number, _)| *number);
    let mut all = Vec::with_capacity(items.len());
    for (_, batch) in mapped {
        all.extend(batch?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::try_map;

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

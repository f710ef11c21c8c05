//! Spreads quick work over all cores.

use std::{num::NonZeroUsize, thread};

/// The fewest items for which another thread is worth its start.
const ITEMS_PER_THREAD_MIN: usize = 256;

/// Maps every item with its index, in order, each thread with a state of its own.
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
    let chunk_size = items.len().div_ceil(threads).max(1);
    let map_chunk = &|(number, chunk): (usize, &[T])| {
        let mut state = state();
        let indexed = chunk.iter().enumerate();
        indexed
            .map(|(offset, item)| map(&mut state, number * chunk_size + offset, item))
            .collect::<Result<Vec<R>, E>>()
    };
    if threads == 1 {
        return map_chunk((0, items));
    }
    thread::scope(|scope| {
        let handles: Vec<_> = items
            .chunks(chunk_size)
            .enumerate()
            .map(|chunk| scope.spawn(move || map_chunk(chunk)))
            .collect();
        let mut mapped = Vec::with_capacity(items.len());
        for handle in handles {
            match handle.join() {
                Ok(chunk) => mapped.extend(chunk?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(mapped)
    })
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

//! The algorithms; every comparison goes through `compare`, so that it can be counted.

use std::cmp::Ordering;

use crate::{Algorithm, Pivot};

pub(crate) fn sort(
    items: &mut [u32],
    algorithm: Algorithm,
    compare: &mut impl FnMut(&u32, &u32) -> Ordering,
) {
    match algorithm {
        Algorithm::Std => items.sort_unstable_by(compare),
        Algorithm::Heap => heap_sort(items, compare),
        Algorithm::Merge { cutoff } => merge_sort(items, cutoff.max(1) as usize, compare),
        Algorithm::Quick { pivot } => quick_sort(items, pivot, compare),
    }
}

fn heap_sort(items: &mut [u32], compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, compare);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sift_down(&mut items[..end], 0, compare);
    }
}

fn sift_down(heap: &mut [u32], mut root: usize, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && compare(&heap[child], &heap[child + 1]).is_lt() {
            child += 1;
        }
        if compare(&heap[root], &heap[child]).is_ge() {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

fn merge_sort(items: &mut [u32], cutoff: usize, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    if items.len() <= cutoff {
        return insertion_sort(items, compare);
    }
    let middle = items.len() / 2;
    merge_sort(&mut items[..middle], cutoff, compare);
    merge_sort(&mut items[middle..], cutoff, compare);
    merge(items, middle, compare);
}

fn insertion_sort(items: &mut [u32], compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    for end in 1..items.len() {
        let mut place = end;
        while place > 0 && compare(&items[place - 1], &items[place]).is_gt() {
            items.swap(place - 1, place);
            place -= 1;
        }
    }
}

fn merge(items: &mut [u32], middle: usize, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    let left = items[..middle].to_vec();
    let (mut from_left, mut from_right, mut place) = (0, middle, 0);
    while from_left < left.len() && from_right < items.len() {
        if compare(&left[from_left], &items[from_right]).is_le() {
            items[place] = left[from_left];
            from_left += 1;
        } else {
            items[place] = items[from_right];
            from_right += 1;
        }
        place += 1;
    }
    items[place..from_right].copy_from_slice(&left[from_left..]);
}

fn quick_sort(
    mut items: &mut [u32],
    pivot: Pivot,
    compare: &mut impl FnMut(&u32, &u32) -> Ordering,
) {
    while items.len() > 1 {
        let (smaller, larger) = partition(items, pivot, compare);
        // Only the shorter side is a recursive call, so that bad pivots cannot overflow the stack.
        if smaller.len() < larger.len() {
            quick_sort(smaller, pivot, compare);
            items = larger;
        } else {
            quick_sort(larger, pivot, compare);
            items = smaller;
        }
    }
}

/// Moves smaller items than the pivot to the left and larger ones to the right, and returns these two parts.
fn partition<'a>(
    items: &'a mut [u32],
    pivot: Pivot,
    compare: &mut impl FnMut(&u32, &u32) -> Ordering,
) -> (&'a mut [u32], &'a mut [u32]) {
    let pivot = choose(items, pivot, compare);
    let (mut equal, mut larger) = (0, 0);
    for next in 0..items.len() {
        match compare(&items[next], &pivot) {
            Ordering::Less => {
                items.swap(next, larger);
                items.swap(larger, equal);
                equal += 1;
                larger += 1;
            }
            Ordering::Equal => {
                items.swap(next, larger);
                larger += 1;
            }
            Ordering::Greater => {}
        }
    }
    let (rest, right) = items.split_at_mut(larger);
    (&mut rest[..equal], right)
}

fn choose(items: &[u32], pivot: Pivot, compare: &mut impl FnMut(&u32, &u32) -> Ordering) -> u32 {
    match pivot {
        Pivot::First => items[0],
        Pivot::Median => {
            let mut three = [items[0], items[items.len() / 2], items[items.len() - 1]];
            insertion_sort(&mut three, compare);
            three[1]
        }
    }
}

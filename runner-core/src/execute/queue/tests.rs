use super::*;

fn queue(costs: &[Cost], slots: usize, memory_bytes: u64, is_exclusive: bool) -> Queue {
    let jobs = costs
        .iter()
        .enumerate()
        .map(|(run, cost)| Job::new(run, *cost, Trust::Full))
        .collect();
    Queue::new(
        jobs,
        Capacity {
            slots,
            memory_bytes,
            is_exclusive,
        },
        2,
    )
}

fn can_start(queue: &Queue) -> bool {
    let state = queue.state();
    state
        .waiting
        .front()
        .is_some_and(|job| queue.fits(&state, job.cost))
}

#[test]
fn jobs_start_in_order_until_the_slots_are_taken() {
    let queue = queue(
        &[Cost::new().slots(2), Cost::new(), Cost::new()],
        3,
        0,
        false,
    );
    let (first, second) = (
        queue.take().expect("it fits"),
        queue.take().expect("it fits"),
    );
    assert_eq!((first.run, second.run), (0, 1));
    assert!(!can_start(&queue));
    queue.finish(&second);
    assert_eq!(queue.take().map(|job| job.run), Some(2));
}

#[test]
fn memory_holds_jobs_back_and_a_huge_one_goes_alone() {
    let cost = |bytes| Cost::new().memory_bytes(bytes);
    let queue = queue(&[cost(6), cost(6), cost(99)], 8, 10, false);
    let first = queue.take().expect("it fits");
    assert!(!can_start(&queue));
    queue.finish(&first);
    let second = queue.take().expect("it fits");
    assert!(!can_start(&queue));
    queue.finish(&second);
    assert_eq!(queue.take().map(|job| job.run), Some(2));
}

#[test]
fn exclusive_runs_are_alone_whatever_the_slots() {
    let queue = queue(&[Cost::new(), Cost::new()], 8, 0, true);
    let first = queue.take().expect("nothing else goes on");
    assert!(!can_start(&queue));
    queue.finish(&first);
    assert!(can_start(&queue));
}

#[test]
fn nothing_starts_after_the_last_failure_that_is_allowed() {
    let queue = queue(&[Cost::new(); 4], 2, 0, false);
    let taken: Vec<Job> = (0..2).filter_map(|_| queue.take()).collect();
    queue.fail(&taken[0]);
    let third = queue.take().expect("one more may fail");
    queue.fail(&taken[1]);
    assert!(queue.take().is_none());
    queue.put_back(third, Duration::ZERO);
    assert!(queue.take().is_none(), "nor is one tried again");
}

#[test]
fn jobs_that_may_end_the_program_come_last_and_then_alone() {
    let trusts = [
        Trust::Least,
        Trust::Less,
        Trust::Full,
        Trust::Less,
        Trust::Least,
    ];
    let jobs = trusts.into_iter().enumerate();
    let jobs = jobs.map(|(run, trust)| Job::new(run, Cost::new(), trust));
    let capacity = Capacity {
        slots: 8,
        memory_bytes: 0,
        is_exclusive: false,
    };
    let queue = Queue::new(jobs.collect(), capacity, 9);
    let trusted = queue.take().expect("it may start");
    assert_eq!(trusted.run, 2);
    assert!(queue.take_now().is_none(), "it goes on");
    queue.put_back(trusted, Duration::ZERO);
    let trusted = queue.take().expect("it is tried again first");
    assert_eq!(trusted.run, 2);
    queue.finish(&trusted);
    let less: Vec<Job> = (0..2).filter_map(|_| queue.take_now()).collect();
    assert_eq!(less.iter().map(|job| job.run).collect::<Vec<_>>(), [1, 3]);
    for (over, next) in [(&less[0], None), (&less[1], Some(0))] {
        queue.finish(over);
        assert_eq!(queue.take_now().map(|job| job.run), next);
    }
    assert!(queue.take_now().is_none(), "it is alone");
}

#[test]
fn what_is_put_back_comes_again_and_a_closed_queue_gives_nothing() {
    let queue = queue(&[Cost::new(), Cost::new()], 1, 0, false);
    let first = queue.take().expect("it fits");
    queue.put_back(first, Duration::ZERO);
    let second = queue.take().expect("it fits");
    assert_eq!(second.run, 1);
    queue.finish(&second);
    assert_eq!(queue.take().map(|job| job.run), Some(0));
    queue.close();
    assert!(queue.take().is_none());
}

#[track_caller]
fn check_retry(failures: u32, expected: Option<u64>) {
    let job = Job {
        failures,
        ..Job::new(0, Cost::new(), Trust::Full)
    };
    let delay = job.retry_delay(3, Key::from_u128(7));
    let full = expected.map(Duration::from_secs);
    let is_right = match (delay, full) {
        (Some(delay), Some(full)) => delay >= full / 2 && delay <= full,
        (delay, full) => delay == full,
    };
    assert!(is_right, "{delay:?} after {failures}");
}

#[test]
fn delays_double_with_jitter_until_the_retries_are_used_up() {
    check_retry(0, Some(1));
    check_retry(1, Some(2));
    check_retry(2, Some(4));
    check_retry(3, None);
}

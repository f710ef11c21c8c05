//! [`Courier`]: events on their way to a listener in a thread of its own.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::event::{Event, Listener};

/// Interval at which the listener gets a tick.
const TICK: Duration = Duration::from_millis(100);
/// Maximum time that a suspension waits for a listener, which may be blocked.
const CLEARING_MAX: Duration = Duration::from_millis(500);
/// Maximum number of bytes of runs' output on their way; what is more is only in the logs.
const OUTPUT_MAX: usize = 16 << 20;

/// Passes events on to a listener. One that is blocked, by a paused terminal or a pipe that nothing reads, holds up nothing else: no
/// results and no signals. Dropped, it waits until the listener has them all.
pub(crate) struct Courier {
    way: Way,
    output_bytes: Arc<AtomicUsize>,
}

enum Way {
    /// Until there is something to run, there is no thread.
    Direct(Box<dyn Listener + Send>),
    Thread(Sender<Parcel>, JoinHandle<()>),
    Closed,
}

enum Parcel {
    Event(Event),
    /// To tell when the terminal is clean, and to go on when the other end is gone.
    Suspend(Sender<()>, Receiver<()>),
}

impl Courier {
    pub(crate) fn new(listener: Box<dyn Listener + Send>) -> Self {
        Self {
            way: Way::Direct(listener),
            output_bytes: Arc::default(),
        }
    }

    /// Gives the listener a thread, unless the machine has no room for one.
    fn start(&mut self) {
        let Way::Direct(listener) = mem::replace(&mut self.way, Way::Closed) else {
            return;
        };
        let (sender, parcels) = mpsc::channel();
        // Handed over once the thread is there: a thread that cannot be started would take the listener with it.
        let (handing, handed) = mpsc::channel::<Box<dyn Listener + Send>>();
        let output_bytes = Arc::clone(&self.output_bytes);
        let thread = thread::Builder::new().name("runner-display".to_owned());
        let thread = thread.spawn(move || {
            if let Ok(listener) = handed.recv() {
                deliver(listener, &parcels, &output_bytes);
            }
        });
        self.way = match thread {
            Ok(thread) => {
                let _ = handing.send(listener);
                Way::Thread(sender, thread)
            }
            Err(_) => Way::Direct(listener),
        };
    }
}

impl Listener for Courier {
    fn event(&mut self, event: &Event) {
        if matches!(event, Event::Planned { to_run: 1.., .. }) {
            self.start();
        }
        match &mut self.way {
            Way::Direct(listener) => listener.event(event),
            Way::Thread(sender, _) if has_room_for(event, &self.output_bytes) => {
                // A listener that panicked is gone; runs go on.
                let _ = sender.send(Parcel::Event(event.clone()));
            }
            Way::Thread(..) | Way::Closed => {}
        }
    }

    fn tick(&mut self) {
        if let Way::Direct(listener) = &mut self.way {
            listener.tick();
        }
    }

    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        match &mut self.way {
            Way::Direct(listener) => listener.suspend(stop),
            Way::Thread(sender, _) => {
                let (clean, is_clean) = mpsc::channel();
                let (_going_on, waiting) = mpsc::channel();
                let _ = sender.send(Parcel::Suspend(clean, waiting));
                let _ = is_clean.recv_timeout(CLEARING_MAX);
                stop();
            }
            Way::Closed => stop(),
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        if let Way::Thread(sender, thread) = mem::replace(&mut self.way, Way::Closed) {
            drop(sender);
            let _ = thread.join();
        }
    }
}

/// Returns whether an event is to be passed on: not output, if too much is on its way.
fn has_room_for(event: &Event, output_bytes: &AtomicUsize) -> bool {
    let Event::Output { bytes, .. } = event else {
        return true;
    };
    let before = output_bytes.fetch_add(bytes.len(), Ordering::SeqCst);
    if before > OUTPUT_MAX {
        output_bytes.fetch_sub(bytes.len(), Ordering::SeqCst);
    }
    before <= OUTPUT_MAX
}

/// Gives the listener what comes, until nothing more can come.
fn deliver(
    mut listener: Box<dyn Listener + Send>,
    parcels: &Receiver<Parcel>,
    output_bytes: &AtomicUsize,
) {
    loop {
        match parcels.recv_timeout(TICK) {
            Ok(Parcel::Event(event)) => {
                listener.event(&event);
                if let Event::Output { bytes, .. } = event {
                    output_bytes.fetch_sub(bytes.len(), Ordering::SeqCst);
                }
            }
            Ok(Parcel::Suspend(clean, waiting)) => listener.suspend(&mut || {
                let _ = clean.send(());
                // Until the other end is dropped.
                let _ = waiting.recv();
            }),
            Err(RecvTimeoutError::Timeout) => listener.tick(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks at the first event until the other end of the channel is gone, then tells of all events.
    struct Blocked(Receiver<()>, Sender<String>);

    impl Listener for Blocked {
        fn event(&mut self, event: &Event) {
            let _ = self.0.recv();
            let _ = self.1.send(format!("{event:?}"));
        }
    }

    fn planned() -> Event {
        Event::Planned {
            selected: 1,
            cached: 0,
            to_run: 1,
            jobs: 1,
            label_of: Arc::new(|run| run.to_string()),
            rerun: Vec::new(),
            chosen: None,
        }
    }

    fn output(bytes: usize) -> Event {
        Event::Output {
            run: 0,
            bytes: vec![b'x'; bytes],
        }
    }

    #[test]
    fn a_blocked_listener_holds_nothing_up_and_gets_all_in_order() {
        let (block, blocked) = mpsc::channel();
        let (telling, told) = mpsc::channel();
        let mut courier = Courier::new(Box::new(Blocked(blocked, telling)));
        courier.event(&planned());
        courier.event(&Event::Status);
        let mut is_stopped = false;
        courier.suspend(&mut || is_stopped = true);
        assert!(is_stopped);
        drop(block);
        drop(courier);
        let told: Vec<String> = told.iter().collect();
        assert_eq!(told, ["Planned(1)", "Status"]);
    }

    #[test]
    fn output_that_nothing_takes_is_bounded() {
        let (block, blocked) = mpsc::channel();
        let (telling, told) = mpsc::channel();
        let mut courier = Courier::new(Box::new(Blocked(blocked, telling)));
        courier.event(&planned());
        for _ in 0..64 {
            courier.event(&output(1 << 20));
        }
        drop(block);
        drop(courier);
        let told = told.iter().filter(|event| event == "Output(0)").count();
        assert!((16..=18).contains(&told), "{told}");
    }
}

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::*;
use crate::execute::Silent;

/// What was written, until it is full.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>, usize);

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if file.len() + bytes.len() > self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Counting(Arc<Mutex<usize>>);

impl Listener for Counting {
    fn event(&mut self, _: &Event) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }
}

fn written(bytes_max: usize, next: Box<dyn Listener + Send>, all: &[Event]) -> String {
    let file = File(Arc::default(), bytes_max);
    let mut events = Events {
        out: file.clone(),
        path: "events".to_owned(),
        describe: Box::new(|run| (Key::from_u128(run as u128), format!("run {run}"))),
        opening: None,
        is_broken: false,
        next,
    };
    for event in all {
        events.event(event);
    }
    let bytes = file.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(bytes.clone()).expect("JSON is UTF-8")
}

#[test]
fn every_event_is_one_line() {
    let all = [
        Event::Started {
            run: 1,
            slot: 2,
            attempt: 3,
            progress: Arc::default(),
            timeout: None,
            tail: None,
        },
        // It is in the run's log.
        Event::Output {
            run: 1,
            bytes: b"printed\n".to_vec(),
        },
        Event::Failed {
            run: 1,
            duration: Duration::from_millis(1_500),
            error: "two\nlines".to_owned(),
            backtrace: None,
            attempts: 3,
            usage: Some(Usage {
                cpu: Duration::from_millis(250),
                peak_memory_bytes: 7,
            }),
            last_lines: Some("last".to_owned()),
        },
        Event::Slow {
            run: 1,
            elapsed: Duration::from_secs(60),
            timeout: None,
        },
        Event::Finished {
            run: 1,
            duration: Duration::from_secs(2),
            elsewhere: false,
            attempts: 4,
            usage: None,
            is_same: None,
        },
        Event::Note {
            run: 1,
            text: "\"quoted\"".to_owned(),
        },
    ];
    let text = written(usize::MAX, Box::new(Silent), &all);
    let ends: Vec<&str> = text
        .lines()
        .map(|line| &line[line.find(r#""run""#).expect("each has a run")..])
        .collect();
    let run = r#""run":"00000000000000000000000000000001","label":"run 1","#;
    assert_eq!(
        ends,
        [
            format!(r#"{run}"slot":2,"attempt":3}}"#),
            format!(
                r#"{run}"duration_s":1.5,"error":"two\nlines","last_lines":"last","attempts":3,"cpu_s":0.25,"peak_memory_bytes":7}}"#
            ),
            format!(r#"{run}"elapsed_s":60.0}}"#),
            format!(r#"{run}"duration_s":2.0,"elsewhere":false,"attempts":4}}"#),
            format!(r#"{run}"text":"\"quoted\""}}"#),
        ]
    );
}

#[test]
fn a_full_disk_stops_nobody_else() {
    let count = Arc::<Mutex<usize>>::default();
    let note = Event::Note {
        run: 0,
        text: "x".repeat(50),
    };
    let all = vec![note; 5];
    let text = written(400, Box::new(Counting(Arc::clone(&count))), &all);
    assert_eq!(text.lines().count(), 2);
    assert_eq!(*count.lock().unwrap_or_else(PoisonError::into_inner), 5);
}

use super::sample::*;
#[test]
fn look() {
    let runs = sweep();
    println!("{runs}");
    println!("{runs:60}");
    println!("{runs:30}");
    for f in super::Format::ALL {
        let mut o = Vec::new();
        runs.write(f, &mut o).unwrap();
        println!("{}", String::from_utf8(o).unwrap());
    }
    let reps = super::sample::runs((0..12u32).map(|i| {
        (
            Train {
                learning_rate: [0.1, 0.01][(i / 6) as usize],
                epochs: [5, 10][(i / 3 % 2) as usize],
                seed: u64::from(i % 3),
                ..base()
            },
            metrics(0.9 + f64::from(i).sin() * 0.01),
        )
    }));
    println!("{reps}");
    for f in super::Format::ALL {
        let mut o = Vec::new();
        reps.write(f, &mut o).unwrap();
        println!("{}", String::from_utf8(o).unwrap());
    }
    println!("{:#?}", reps.replicates()[0]);
}

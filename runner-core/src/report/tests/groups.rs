use super::check;
use crate::{
    api::Runs,
    report::{
        format::Format,
        sample::{Metrics, Train, Training, base, metrics, runs},
    },
};

/// Two learning rates, three seeds each but the last, seeds in the outer loop.
fn replicated() -> Runs<Training> {
    let cases = [
        (0.1, 0, 0.971),
        (0.01, 0, 0.9),
        (0.1, 1, 0.977),
        (0.01, 1, 0.95),
        (0.1, 2, 0.968),
    ];
    runs(cases.map(|(learning_rate, seed, accuracy)| {
        let config = Train {
            learning_rate,
            seed,
            ..base()
        };
        (config, metrics(accuracy))
    }))
}

#[test]
fn groups_come_in_the_order_of_their_first_run() {
    let runs = replicated();
    let groups = runs.group_by(|run| run.config.learning_rate);
    let found: Vec<(f64, Vec<u64>)> = groups
        .iter()
        .map(|group| {
            let seeds = group.iter().map(|run| run.config.seed);
            (*group.key(), seeds.collect())
        })
        .collect();
    assert_eq!(found, [(0.1, vec![0, 1, 2]), (0.01, vec![0, 1])]);
    let summary = groups[1].summary(|run| run.output.accuracy);
    assert_eq!(summary.to_string(), "0.925 ± 0.035");
}

#[test]
fn a_group_by_an_irregular_key_finds_every_group_again() {
    let runs = runs((0..50).map(|seed| (Train { seed, ..base() }, metrics(0.5))));
    let groups = runs.group_by(|run| run.config.seed * 7 % 5);
    assert_eq!(groups.len(), 5);
    assert!(groups.iter().all(|group| group.len() == 10));
}

#[test]
fn replicates_differ_in_nothing_else() {
    let runs = replicated();
    let groups = runs.replicates();
    let found: Vec<(f64, usize)> = groups
        .iter()
        .map(|group| (group.key().config.learning_rate, group.len()))
        .collect();
    assert_eq!(found, [(0.1, 3), (0.01, 2)]);
    assert_eq!(
        format!("{:?}", groups[1].runs()[1]),
        "Run { label: \"base learning_rate=0.01 seed=1\", key: \
         Key(b40c63446d9a1439b775af81e2e7c14c), duration: 1.25s, is_cached: false, .. }"
    );
}

#[test]
fn a_table_has_a_row_for_each_group_of_replicates() {
    check(
        &replicated(),
        Format::Table,
        "\
learning_rate  runs       accuracy  steps  converged  duration
─────────────  ────  ─────────────  ─────  ─────────  ────────
         0.10     3  0.972 ± 0.005   1200  true         1.25 s
         0.01     2  0.925 ± 0.035   1200  true         1.25 s
mean ± sample standard deviation over seed
same for all: epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32]
only in --format json: loss
",
    );
    check(
        &replicated(),
        Format::Markdown,
        "\
| learning_rate | runs |             accuracy | steps | converged | duration |
| ------------: | ---: | -------------------: | ----: | --------- | -------: |
|          0.10 |    3 | 0.972 [0.961, 0.983] |  1200 | true      |   1.25 s |
|          0.01 |    2 | 0.925 [0.607, 1.243] |  1200 | true      |   1.25 s |

mean [95 % interval by Student's t] over seed

same for all: epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32]

only in --format json: loss
",
    );
}

#[test]
fn exports_have_a_row_for_each_replicate() {
    check(
        &replicated(),
        Format::Csv,
        r#"name,label,key,state,learning_rate,epochs,optimizer,optimizer.Sgd.momentum,layers,seed,accuracy,steps,converged,note,duration_s,failure
base,base learning_rate=0.1 seed=0,699cd7b35a716312fb6fd453db709940,done,0.1,10,Sgd,0.9,"[64,32]",0,0.971,1200,true,,1.25,
base,base learning_rate=0.01 seed=0,bb09f89b6d5098fd5eb5750cfb0789b0,done,0.01,10,Sgd,0.9,"[64,32]",0,0.9,1200,true,,1.25,
base,base learning_rate=0.1 seed=1,b40db42b8be512b268cc3c425ff68606,done,0.1,10,Sgd,0.9,"[64,32]",1,0.977,1200,true,,1.25,
base,base learning_rate=0.01 seed=1,b40c63446d9a1439b775af81e2e7c14c,done,0.01,10,Sgd,0.9,"[64,32]",1,0.95,1200,true,,1.25,
base,base learning_rate=0.1 seed=2,2983ee09f8de49fc0038ead446065e33,done,0.1,10,Sgd,0.9,"[64,32]",2,0.968,1200,true,,1.25,
"#,
    );
}

#[test]
fn a_lone_run_of_a_group_has_no_spread() {
    let mut runs = replicated();
    runs.runs.remove(3);
    check(
        &runs,
        Format::Table,
        "\
learning_rate  runs         accuracy  steps  converged  duration
─────────────  ────  ───────────────  ─────  ─────────  ────────
         0.10     3  0.9720 ± 0.0046   1200  true         1.25 s
         0.01     1  0.9000            1200  true         1.25 s
mean ± sample standard deviation over seed
same for all: epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32]
only in --format json: loss
",
    );
}

#[test]
fn what_is_no_number_is_counted() {
    let pairs = [(0, true, 3), (1, false, 4), (2, true, 5)].map(|(seed, converged, steps)| {
        let output = Metrics {
            steps,
            converged,
            ..metrics(f64::NAN)
        };
        (Train { seed, ..base() }, output)
    });
    check(&runs(pairs), Format::Table, "\
name  runs  accuracy      steps  converged          duration
────  ────  ────────  ─────────  ─────────────────  ────────
base     3       NaN  4.0 ± 1.0  true ×2, false ×1    1.25 s
mean ± sample standard deviation over seed
same for all: learning_rate=0.1, epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32]
only in --format json: loss
");
}

#[test]
fn single_replicates_are_rows_as_any_other() {
    let pairs = [1, 2].map(|seed| {
        let config = Train {
            seed,
            epochs: 10 * u32::try_from(seed).expect("it is small"),
            ..base()
        };
        (config, metrics(0.5))
    });
    check(
        &runs(pairs),
        Format::Table,
        "\
epochs  seed  accuracy  steps  converged  duration
──────  ────  ────────  ─────  ─────────  ────────
    10     1       0.5   1200  true         1.25 s
    20     2       0.5   1200  true         1.25 s
same for all: learning_rate=0.1, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32]
only in --format json: loss
",
    );
}

//! Maps whose order is a part of their value.

use indexmap::IndexMap;
use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

type Layers = IndexMap<String, u32>;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Network {
    #[config(ordered)]
    layers: Layers,
    #[config(ordered)]
    blocks: Vec<Option<Layers>>,
    #[config(ordered, added = layers("ab"))]
    head: Layers,
    sizes: Layers,
}

fn layers(names: &str) -> Layers {
    let layer = |letter: char| (letter.to_string(), u32::from(letter));
    names.chars().map(layer).collect()
}

fn network() -> Network {
    Network {
        layers: layers("ab"),
        blocks: vec![None, Some(layers("ab"))],
        head: layers("ab"),
        sizes: layers("ab"),
    }
}

struct First;

impl Experiment for First {
    type Config = Network;
    type Output = String;

    fn run(network: &Network, _: &Context) -> anyhow::Result<String> {
        let names = |layers: &Layers| layers.keys().map(String::as_str).collect::<String>();
        let block = network.blocks.iter().flatten().map(names);
        let block = block.collect::<String>();
        Ok(names(&network.layers) + &block + &names(&network.head))
    }
}

#[test]
fn the_order_of_an_ordered_map_is_in_the_key() {
    let directory = TempDir::new().expect("a directory can be made");
    let run = |config: &Network| {
        let runner = Runner::<First>::new().configs([config.clone()]);
        let runs = runner.output_dir(directory.path()).durable(false).run();
        let runs = runs.expect("the store can be used");
        let run = runs.iter().next().expect("it runs");
        (run.is_cached(), run.output.clone())
    };
    let changed = |change: &dyn Fn(&mut Network)| {
        let mut network = network();
        change(&mut network);
        network
    };
    let others = [
        changed(&|network| network.layers = layers("ba")),
        changed(&|network| network.blocks = vec![None, Some(layers("ba"))]),
        changed(&|network| network.head = layers("ba")),
    ];
    assert_eq!(run(&network()), (false, "ababab".to_owned()));
    for (other, found) in others.iter().zip(["baabab", "abbaab", "ababba"]) {
        assert_eq!(run(other), (false, found.to_owned()));
        assert_eq!(run(other), (true, found.to_owned()));
    }
    let same = changed(&|network| network.sizes = layers("ba"));
    assert!(
        run(&same).0,
        "without the attribute, the order does not count"
    );
}

/// A network of before there was a head, and before anybody thought of the order.
mod before {
    use super::{Config, Deserialize, Layers, Serialize};

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    pub(super) struct Network {
        pub(super) layers: Layers,
        pub(super) blocks: Vec<Option<Layers>>,
        pub(super) sizes: Layers,
    }
}

struct Before;

impl Experiment for Before {
    type Config = before::Network;
    type Output = String;

    fn name() -> &'static str {
        First::name()
    }

    fn run(_: &before::Network, _: &Context) -> anyhow::Result<String> {
        Ok("before".to_owned())
    }
}

#[test]
fn a_map_with_one_entry_keeps_its_key_and_an_added_one_its_results() {
    let directory = TempDir::new().expect("a directory can be made");
    let now = Network {
        layers: layers("a"),
        blocks: vec![Some(layers("b")), Some(layers(""))],
        ..network()
    };
    let old = before::Network {
        layers: now.layers.clone(),
        blocks: now.blocks.clone(),
        sizes: now.sizes.clone(),
    };
    let path = directory.path();
    let runs = Runner::<Before>::new()
        .configs([old])
        .output_dir(path)
        .run();
    assert_eq!(runs.expect("the store can be used").len(), 1);
    let runs = Runner::<First>::new().configs([now]).output_dir(path).run();
    let runs = runs.expect("the store can be used");
    assert_eq!(runs.outputs().next().map(String::as_str), Some("before"));
}

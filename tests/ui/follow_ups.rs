//! A mistake is the only error: what uses the type still compiles.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
struct Train<T>
where
    T: Clone,
{
    #[config(skp)]
    epochs: u32,
    optimizer: T,
    name: String,
}

#[derive(Clone, Serialize, Deserialize, Config)]
enum Model {
    #[config(key = "Old")]
    Linear { train: Train<u8> },
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Whole {
    model: Model,
    trains: Vec<Train<Model>>,
}

fn is_config<C: Config>() -> usize {
    C::FIELDS.len() + C::VARIANTS.len()
}

fn main() {
    let train = Train {
        epochs: 1,
        optimizer: 1_u8,
        name: String::new(),
    };
    let _ = train.sweep().epochs([1, 2]).optimizer([3]).name(["a"]).build();
    let _ = Model::Linear { train }.sweep().build();
    is_config::<Train<u8>>();
    is_config::<Train<Model>>();
    is_config::<Model>();
    is_config::<Whole>();
}

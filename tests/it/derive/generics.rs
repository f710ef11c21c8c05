//! Configs with type parameters.

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
struct Sweeped<T> {
    #[config(name)]
    count: u8,
    inner: T,
    more: Vec<(T, u8)>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Tree<T> {
    value: T,
    children: Vec<Tree<T>>,
    parent: Option<Box<Self>>,
    nested: Option<Sweeped<T>>,
}

trait World {
    type Params: Clone + std::fmt::Debug;
}

#[derive(Clone, Debug)]
struct Maze;

impl World for Maze {
    type Params = Optimizer;
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[serde(bound = "W::Params: Serialize + DeserializeOwned")]
struct Explore<W: World = Maze>
where
    W: Clone,
{
    params: W::Params,
    #[config(plain)]
    marker: std::marker::PhantomData<W>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Named<T: Default, const N: usize> {
    name: T,
    #[config(added = T::default())]
    fallback: T,
    #[serde(skip)]
    #[config(skip)]
    room: Room<N>,
}

#[derive(Clone, Debug, Default)]
struct Room<const N: usize>;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
enum Choice<T> {
    One(T),
    Many { all: Vec<T>, name: String },
}

fn sweep_any<T: Config + std::fmt::Debug>(base: &Sweeped<T>) -> usize {
    base.sweep()
        .inner([base.inner.clone()])
        .count([1, 2])
        .build()
        .len()
}

fn assert_config<C: Config>() {}

#[test]
fn are_configs_for_configs_and_plain_types() {
    assert_eq!(sketch(&rules::<Sweeped<Optimizer>>("more").shape), "[(c-)]");
    assert_eq!(sketch(&rules::<Sweeped<f64>>("more").shape), "[(--)]");
    assert_eq!(
        sketch(&rules::<Sweeped<Vec<Optimizer>>>("inner").shape),
        "[c]"
    );
    assert_eq!(sketch(&rules::<Tree<f64>>("children").shape), "[c]");
    assert_eq!(sketch(&rules::<Tree<f64>>("nested").shape), "[c]");
    assert_eq!(sketch(&rules::<Explore>("params").shape), "c");
    assert_eq!(Sweeped::<f64>::FIELDS[1].type_name(), "T");
    assert_config::<Choice<Sweeped<u8>>>();
    assert_config::<Tree<Optimizer>>();
    let named = Named::<u8, 3> {
        name: 4,
        fallback: 0,
        room: Room,
    };
    assert_eq!(named.run_name().as_deref(), Some("4"));
    let _ = (
        Choice::One(1),
        Choice::Many {
            all: vec![1],
            name: String::new(),
        },
    );
    let _ = Explore::<Maze> {
        params: OPTIMIZER,
        marker: std::marker::PhantomData,
    };
}

/// Knows nothing of `runner`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Foreign(u8);

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Declared<T: Clone, const N: usize>
where
    T: Send,
{
    #[config(plain)]
    value: T,
    #[config(skip)]
    threads: u8,
}

type Pair = (Foreign, u8);
type Foreigns = Vec<Foreign>;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Uses {
    plain: Sweeped<f64>,
    config: Vec<Choice<Optimizer>>,
    nested: Option<Sweeped<Sweeped<(u8, Optimizer)>>>,
    declared: BTreeMap<u8, Declared<Foreign, 3>>,
    pair: Pair,
    foreigns: Foreigns,
    nothing: std::marker::PhantomData<Sweeped<Foreign>>,
    foreign_keys: BTreeMap<u8, Foreign>,
    #[config(plain)]
    uncounted: Sweeped<Foreign>,
}

#[test]
fn are_found_with_arguments_that_are_known_or_declared_plain() {
    let sketches = Uses::FIELDS.iter().map(|field| sketch(&field.rules.shape));
    assert_eq!(
        sketches.collect::<Vec<_>>(),
        ["c", "[c]", "[c]", "[c]", "-", "-", "-", "[-]", "-"]
    );
    let Shape::Through(declared) = rules::<Uses>("declared").shape else {
        panic!("a map goes through to its values");
    };
    assert!(fields(declared)[1].is_skipped());
}

#[test]
fn sweep_over_fields_of_their_parameter() {
    let base = Sweeped {
        count: 0,
        inner: OPTIMIZER,
        more: vec![],
    };
    let other = Optimizer {
        momentum: 0.1,
        ..OPTIMIZER
    };
    let configs = base.sweep().inner([other.clone()]).build();
    assert_eq!(configs[0].inner, other);
    assert_eq!(sweep_any(&base), 2);
}

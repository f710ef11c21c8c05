//! Configs and outputs with the same names, and such that are no structs.

use runner_derive::Config;
use serde::{Deserialize, Serialize};

use super::check;
use crate::{
    api::{Context, Experiment, Runs},
    report::format::Format,
    value::{config, field},
};

#[derive(Clone, Serialize, Deserialize)]
struct Weights {
    loss: f64,
    duration: u32,
    name: char,
}

// Its field `name` is to be a column as any other.
config!(Weights, struct [field("loss"), field("duration"), field("name")]);

struct Clash;

impl Experiment for Clash {
    type Config = Weights;
    type Output = Weights;

    fn name() -> &'static str {
        "clash::Clash"
    }

    fn run(config: &Weights, _: &Context) -> anyhow::Result<Weights> {
        Ok(config.clone())
    }
}

#[derive(Clone, Copy, Serialize, Deserialize, Config)]
#[config(crate = crate)]
enum Method {
    Newton,
    Bisection(u8),
}

struct Roots;

impl Experiment for Roots {
    type Config = Method;
    type Output = f32;

    fn name() -> &'static str {
        "clash::Roots"
    }

    fn run(_: &Method, _: &Context) -> anyhow::Result<f32> {
        Ok(0.0)
    }
}

#[test]
fn a_heading_that_is_taken_says_where_it_is_from() {
    let weights = [('a', 0.5, 1), ('b', 0.25, 2)].map(|(name, loss, duration)| Weights {
        loss,
        duration,
        name,
    });
    let runs = Runs::<Clash>::detached(weights.map(|weights| (weights.clone(), weights)));
    check(
        &runs,
        Format::Table,
        "\
loss  config.duration  config.name  output.loss  output.duration  output.name  duration
────  ───────────────  ───────────  ───────────  ───────────────  ───────────  ────────
0.50                1  a                   0.50                1  a                0 ms
0.25                2  b                   0.25                2  b                0 ms
",
    );
    check(&runs, Format::Csv, "\
name,label,key,state,loss,config.duration,config.name,output.loss,output.duration,output.name,duration_s,failure
Clash,Clash loss=0.5 duration=1 name=a,436405b78b06ea0f33085c851887bb8a,done,0.5,1,a,0.5,1,a,0.0,
Clash,Clash loss=0.25 duration=2 name=b,f0b4fd3eda57256c7be11eec92a5bd86,done,0.25,2,b,0.25,2,b,0.0,
");
}

#[test]
fn an_enum_is_its_kind_and_a_number_is_the_output() {
    let pairs = [(Method::Newton, 0.1), (Method::Bisection(3), 0.25)];
    let runs = Runs::<Roots>::detached(pairs);
    check(
        &runs,
        Format::Table,
        "\
kind         output  duration
───────────  ──────  ────────
Newton         0.10      0 ms
Bisection 3    0.25      0 ms
",
    );
    check(
        &runs,
        Format::Json,
        r#"[
{"name":"Roots","label":"Roots kind=Newton","key":"55ae20e0815dce9f8410b76d02f1c9d7","state":"done","config":"Newton","output":0.1,"duration_s":0.0,"failure":null},
{"name":"Roots","label":"Roots kind=Bisection Bisection=3","key":"87a0365da07a365522099ea8749bc83e","state":"done","config":{"Bisection":3},"output":0.25,"duration_s":0.0,"failure":null}
]
"#,
    );
}

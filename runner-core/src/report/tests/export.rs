use super::check;
use crate::report::{
    format::Format,
    sample::{Metrics, Train, base, fail, lose, metrics, runs, sweep},
};

#[test]
fn csv_has_every_config_with_its_state() {
    let mut runs = sweep();
    fail(&mut runs, 1, "out of memory\nat layer 3, \"dense\"");
    lose(&mut runs, 2);
    check(
        &runs,
        Format::Csv,
        r#"name,label,key,state,learning_rate,epochs,optimizer,optimizer.Sgd.momentum,layers,seed,accuracy,steps,converged,note,duration_s,failure
base,base learning_rate=0.1 optimizer=Sgd optimizer.Sgd.momentum=0.9,699cd7b35a716312fb6fd453db709940,done,0.1,10,Sgd,0.9,"[64,32]",0,0.9731,1200,true,,1.25,
base,base learning_rate=0.1 optimizer=Adam,63a6eecf54ae4b2ca7d3f597f4857e7b,failed,0.1,10,Adam,,"[64,32]",0,,,,,,"out of memory
at layer 3, ""dense"""
base,base learning_rate=0.01 optimizer=Sgd optimizer.Sgd.momentum=0.9,bb09f89b6d5098fd5eb5750cfb0789b0,done,0.01,10,Sgd,0.9,"[64,32]",0,0.91,1200,true,,1.25,
base,base learning_rate=0.01 optimizer=Adam,b07c0b7d01ce7904d27961acad18256d,missing,0.01,10,Adam,,"[64,32]",0,,,,,,
"#,
    );
}

#[test]
fn json_has_the_same_columns() {
    let mut runs = sweep();
    fail(&mut runs, 1, "out of memory\nat layer 3, \"dense\"");
    lose(&mut runs, 2);
    check(
        &runs,
        Format::Json,
        r#"[
{"name":"base","label":"base learning_rate=0.1 optimizer=Sgd optimizer.Sgd.momentum=0.9","key":"699cd7b35a716312fb6fd453db709940","state":"done","config":{"name":"base","learning_rate":0.1,"epochs":10,"optimizer":{"Sgd":{"momentum":0.9}},"layers":[64,32],"seed":0},"output":{"accuracy":0.9731,"steps":1200,"converged":true,"note":null,"loss":[1.0,0.5,0.25]},"duration_s":1.25,"failure":null},
{"name":"base","label":"base learning_rate=0.1 optimizer=Adam","key":"63a6eecf54ae4b2ca7d3f597f4857e7b","state":"failed","config":{"name":"base","learning_rate":0.1,"epochs":10,"optimizer":"Adam","layers":[64,32],"seed":0},"output":null,"duration_s":null,"failure":"out of memory\nat layer 3, \"dense\""},
{"name":"base","label":"base learning_rate=0.01 optimizer=Sgd optimizer.Sgd.momentum=0.9","key":"bb09f89b6d5098fd5eb5750cfb0789b0","state":"done","config":{"name":"base","learning_rate":0.01,"epochs":10,"optimizer":{"Sgd":{"momentum":0.9}},"layers":[64,32],"seed":0},"output":{"accuracy":0.91,"steps":1200,"converged":true,"note":null,"loss":[1.0,0.5,0.25]},"duration_s":1.25,"failure":null},
{"name":"base","label":"base learning_rate=0.01 optimizer=Adam","key":"b07c0b7d01ce7904d27961acad18256d","state":"missing","config":{"name":"base","learning_rate":0.01,"epochs":10,"optimizer":"Adam","layers":[64,32],"seed":0},"output":null,"duration_s":null,"failure":null}
]
"#,
    );
}

#[test]
fn numbers_are_written_in_full() {
    let pairs = [0.1 + 0.2, f64::NAN, f64::NEG_INFINITY, 1e300].map(|number| {
        let config = Train {
            learning_rate: number,
            layers: vec![u32::MAX; if number.is_nan() { 17 } else { 1 }],
            ..base()
        };
        let output = Metrics {
            steps: u64::MAX,
            note: number.is_nan().then(|| "NaN".to_owned()),
            ..metrics(-0.0)
        };
        (config, output)
    });
    let runs = runs(pairs);
    check(
        &runs,
        Format::Csv,
        r#"name,label,key,state,learning_rate,epochs,optimizer,optimizer.Sgd.momentum,layers,seed,accuracy,steps,converged,note,duration_s,failure
base,base learning_rate=0.30000000000000004 layers=[4294967295],968433741beac63bb6ae9e6f82e35b13,done,0.30000000000000004,10,Sgd,0.9,[4294967295],0,-0.0,18446744073709551615,true,,1.25,
base,base learning_rate=NaN layers=[17 items],f8cc9d4aa8f92586148ea10b079eb65f,done,NaN,10,Sgd,0.9,"[4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295]",0,-0.0,18446744073709551615,true,NaN,1.25,
base,base learning_rate=-inf layers=[4294967295],7cca5437671a488fe1d13682a3d5bf81,done,-inf,10,Sgd,0.9,[4294967295],0,-0.0,18446744073709551615,true,,1.25,
base,base learning_rate=1e300 layers=[4294967295],b6337bac323f3ba373d9410af1d5ed0f,done,1e300,10,Sgd,0.9,[4294967295],0,-0.0,18446744073709551615,true,,1.25,
"#,
    );
    check(
        &runs,
        Format::Json,
        r#"[
{"name":"base","label":"base learning_rate=0.30000000000000004 layers=[4294967295]","key":"968433741beac63bb6ae9e6f82e35b13","state":"done","config":{"name":"base","learning_rate":0.30000000000000004,"epochs":10,"optimizer":{"Sgd":{"momentum":0.9}},"layers":[4294967295],"seed":0},"output":{"accuracy":-0.0,"steps":18446744073709551615,"converged":true,"note":null,"loss":[1.0,0.5,0.25]},"duration_s":1.25,"failure":null},
{"name":"base","label":"base learning_rate=NaN layers=[17 items]","key":"f8cc9d4aa8f92586148ea10b079eb65f","state":"done","config":{"name":"base","learning_rate":"NaN","epochs":10,"optimizer":{"Sgd":{"momentum":0.9}},"layers":[4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295],"seed":0},"output":{"accuracy":-0.0,"steps":18446744073709551615,"converged":true,"note":"NaN","loss":[1.0,0.5,0.25]},"duration_s":1.25,"failure":null},
{"name":"base","label":"base learning_rate=-inf layers=[4294967295]","key":"7cca5437671a488fe1d13682a3d5bf81","state":"done","config":{"name":"base","learning_rate":"-inf","epochs":10,"optimizer":{"Sgd":{"momentum":0.9}},"layers":[4294967295],"seed":0},"output":{"accuracy":-0.0,"steps":18446744073709551615,"converged":true,"note":null,"loss":[1.0,0.5,0.25]},"duration_s":1.25,"failure":null},
{"name":"base","label":"base learning_rate=1e300 layers=[4294967295]","key":"b6337bac323f3ba373d9410af1d5ed0f","state":"done","config":{"name":"base","learning_rate":1e+300,"epochs":10,"optimizer":{"Sgd":{"momentum":0.9}},"layers":[4294967295],"seed":0},"output":{"accuracy":-0.0,"steps":18446744073709551615,"converged":true,"note":null,"loss":[1.0,0.5,0.25]},"duration_s":1.25,"failure":null}
]
"#,
    );
}

#[test]
fn no_runs_are_no_records() {
    let runs = runs([]);
    check(
        &runs,
        Format::Csv,
        "name,label,key,state,duration_s,failure\n",
    );
    check(&runs, Format::Json, "[]\n");
}

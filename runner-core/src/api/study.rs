//! [`Study`]: an experiment's configs and code without their types, so that what surrounds them is compiled once and not in
//! every program.

use std::{any::Any, sync::Arc, time::Duration};

use super::{
    context::Context,
    experiment::{Cost, Experiment, short_name},
    metrics::{MetricList, Metrics},
    upgrade::UntypedUpgrades,
};
use crate::{
    store::{AnyOutput, Code, Decoded, Described, Unfit},
    value::{
        AnyValue, BoxedConfig, Config, ConfigType, Digest, Encoding, Key, Leaf, Lists, Loss,
        Losses, Members, Names, Origin, ProbeType, Schema, Tree, ValueType, Walker,
        codec::{self, Encoded},
        members, output_shape, probe, typed, typed_ref,
    },
};

/// The parts of an experiment that are the same for every run.
#[derive(Clone, Copy)]
pub(crate) struct Outline {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    pub(crate) is_exclusive: bool,
    pub(crate) code: Code,
    pub(crate) members: Members,
    pub(crate) config: ConfigType,
    /// The names of the fields that are kept out of files and of what is printed.
    pub(crate) secrets: &'static [&'static str],
    /// Returns the types that the output takes at a path.
    pub(crate) probe_output: ProbeType,
    pub(crate) metrics: fn() -> MetricList,
    /// Makes a study without configs.
    pub(crate) study: fn(Arc<Schema>) -> Box<dyn Study>,
}

impl Outline {
    pub(crate) fn of<E: Experiment>() -> Self {
        Self {
            name: E::name(),
            version: E::VERSION,
            is_exclusive: E::EXCLUSIVE,
            code: E::CODE,
            members: members::<E::Config>(),
            config: ConfigType::of::<E::Config>(),
            secrets: E::Config::SECRETS,
            probe_output: probe::<E::Output>,
            metrics: Metrics::<E>::list,
            study: |schema| Box::new(Typed::<E>::new(Vec::new(), schema)),
        }
    }

    /// Returns a study of one config.
    pub(crate) fn read(&self, bytes: &[u8], schema: &Arc<Schema>) -> Option<Arc<dyn Study>> {
        let mut study = (self.study)(Arc::clone(schema));
        study.replace(0, vec![self.config.read_whole(bytes)?]);
        Some(Arc::from(study))
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            experiment: self.name.to_owned(),
            version: self.version,
        }
    }

    pub(crate) fn short_name(&self) -> String {
        short_name(self.name)
    }
}

/// The configs of an invocation by the place of their runs, and the code that works on them.
pub(crate) trait Study: Any + Described + Send + Sync {
    fn len(&self) -> usize;

    /// Replaces the configs from the place `from` on by others of the study's type.
    fn replace(&mut self, from: usize, configs: Vec<BoxedConfig>);

    /// Keeps the configs at these places.
    fn retain(&mut self, is_kept: &dyn Fn(usize) -> bool);

    /// Returns the name of the config, or else the experiment's.
    fn run_name(&self, run: usize) -> String;

    /// Returns the experiment's own time limit for a run.
    fn timeout(&self, run: usize) -> Option<Duration>;

    fn cost(&self, run: usize) -> Cost;

    /// Runs the user's code.
    ///
    /// # Errors
    ///
    /// Those of the user's code.
    fn run(&self, run: usize, context: &Context) -> anyhow::Result<AnyOutput>;

    /// Returns whether the experiment takes the second output for the first, done again.
    fn reproduces(&self, stored: &dyn AnyValue, again: &dyn AnyValue) -> bool;

    /// Returns a config without its secrets, as everything but the user's code sees it.
    fn config(&self, run: usize) -> &dyn AnyValue;

    fn whole_config(&self, run: usize) -> &dyn AnyValue;

    fn schema(&self) -> &Schema;

    /// Returns the types of the configs and of the outputs.
    fn types(&self) -> (ValueType, ValueType);

    /// Returns the types that an output takes at a path.
    fn probe_output(&self) -> ProbeType;

    fn upgrades(&self) -> &UntypedUpgrades;

    /// Notes the parts of a config that came back as something else.
    fn note_losses(&self, run: usize, stored: &dyn AnyValue, losses: &mut Losses);

    /// Replaces a config by what came back of it.
    fn put(&mut self, run: usize, stored: StoredConfig);

    /// Returns the encoding in which a config was proven, or else postcard.
    fn encoding(&self, run: usize) -> Encoding;
}

impl dyn Study {
    /// As [`codec::encode`].
    ///
    /// # Errors
    ///
    /// If the output does not come back as the same value.
    pub(crate) fn encode(&self, output: &dyn AnyValue) -> Result<EncodedOutput, UnstorableOutput> {
        let (_, of) = self.types();
        let encoded = codec::encode_output(output, of).map_err(|error| UnstorableOutput {
            error,
            readable: codec::readable(output),
        })?;
        Ok(EncodedOutput::new(encoded))
    }

    /// Decodes an output that a process of this program has encoded and proven.
    ///
    /// # Errors
    ///
    /// If the bytes are not those of the value with this digest.
    pub(crate) fn receive(&self, bytes: Vec<u8>, digest: Digest) -> Result<EncodedOutput, String> {
        let (_, of) = self.types();
        let output = codec::decode_output(of, &bytes, digest, &mut Walker::new())
            .map_err(|error| format!("its process returned an output that is none: {error}"))?;
        Ok(EncodedOutput::new(Encoded {
            bytes,
            digest,
            output,
        }))
    }

    /// Decodes the output of a run, of today's type or of an older one.
    ///
    /// # Errors
    ///
    /// If the bytes are of neither.
    pub(crate) fn decode(
        &self,
        run: usize,
        bytes: &[u8],
        digest: Digest,
        walker: &mut Walker,
    ) -> Result<Decoded, Unfit> {
        let ((_, today), config) = (self.types(), self.config(run));
        self.upgrades().decode(today, bytes, digest, config, walker)
    }

    /// As [`codec::prove_config`].
    ///
    /// # Errors
    ///
    /// If the config does not come back with the same key every time.
    pub(crate) fn prove_config(
        &self,
        run: usize,
        key: Key,
        origin: &Origin,
        trips: usize,
        walker: &mut Walker,
    ) -> Result<StoredConfig, String> {
        let (of, _) = self.types();
        let given = self.whole_config(run);
        let (config, encoding) =
            codec::prove_config(given, of, key, origin, self.schema(), trips, walker)?;
        Ok(StoredConfig {
            losses: codec::losses(&|losses| self.note_losses(run, &*config, losses)),
            config,
            encoding,
        })
    }

    /// As [`codec::prove_type`], of the output.
    ///
    /// # Errors
    ///
    /// If there are outputs that cannot be stored.
    pub(crate) fn prove_output_type(&self) -> Result<(), String> {
        let (_, of) = self.types();
        codec::prove_type(of)
    }

    /// Encodes a config as it was proven, or else in postcard.
    ///
    /// # Errors
    ///
    /// If it cannot be encoded.
    pub(crate) fn encode_config(&self, run: usize, secrets: Secrets) -> Result<Vec<u8>, String> {
        let config = match secrets {
            Secrets::Kept => self.whole_config(run),
            Secrets::LeftOut => self.config(run),
        };
        config.encode(self.encoding(run), codec::buffer())
    }
}

/// Whether the secrets of a config are a part of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// For a process of the run.
    Kept,
    /// For every file.
    LeftOut,
}

/// A config that came back from the form in which it is stored.
pub(crate) struct StoredConfig {
    pub(crate) config: BoxedConfig,
    /// The parts that are not what was given.
    pub(crate) losses: Vec<Loss>,
    pub(crate) encoding: Encoding,
}

/// An output that does not come back as the same value.
pub(crate) struct UnstorableOutput {
    pub(crate) error: String,
    /// The output as JSON for people.
    pub(crate) readable: Option<String>,
}

/// An output in the form in which it is stored.
pub(crate) struct EncodedOutput {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
    /// The paths and kinds of its leaves.
    pub(crate) shape: Vec<(String, String)>,
    /// The value read back from the bytes.
    pub(crate) output: AnyOutput,
}

impl EncodedOutput {
    fn new(encoded: Encoded<AnyOutput>) -> Self {
        Self {
            shape: output_shape(&*encoded.output),
            bytes: encoded.bytes,
            digest: encoded.digest,
            output: encoded.output,
        }
    }
}

/// The study of an experiment.
pub(crate) struct Typed<E: Experiment> {
    /// Without their secrets.
    pub(crate) configs: Vec<E::Config>,
    /// With them, if the type has any.
    whole: Vec<E::Config>,
    /// Whether postcard does not give them back, as far as the last of those.
    self_describing: Vec<bool>,
    schema: Arc<Schema>,
    upgrades: UntypedUpgrades,
}

impl<E: Experiment> Typed<E> {
    pub(crate) fn new(configs: Vec<E::Config>, schema: Arc<Schema>) -> Self {
        let mut study = Self {
            configs,
            whole: Vec::new(),
            self_describing: Vec::new(),
            schema,
            upgrades: E::upgrades().untyped(),
        };
        if !E::Config::SECRETS.is_empty() {
            study.whole = std::mem::take(&mut study.configs);
            for config in &study.whole {
                study.configs.push(config.without_secrets());
            }
        }
        study
    }

    fn whole(&self, run: usize) -> &E::Config {
        self.whole.get(run).unwrap_or(&self.configs[run])
    }

    /// Returns what makes the study of these configs.
    pub(crate) fn maker(
        configs: impl FnOnce() -> Vec<E::Config> + 'static,
    ) -> Box<dyn FnOnce(Arc<Schema>) -> Box<dyn Study>> {
        Box::new(|schema| Box::new(Self::new(configs(), schema)))
    }
}

impl<E: Experiment> Described for Typed<E> {
    fn key_leaves(&self, run: usize) -> Vec<Leaf> {
        self.config(run).leaves(&self.schema, Names::Key)
    }

    fn config_tree(&self, run: usize) -> Option<Tree> {
        self.config(run).shown(Lists::Keep).ok()
    }
}

impl<E: Experiment> Study for Typed<E> {
    fn len(&self) -> usize {
        self.configs.len()
    }

    fn replace(&mut self, from: usize, configs: Vec<BoxedConfig>) {
        self.configs.truncate(from);
        self.whole.truncate(from);
        self.configs.reserve_exact(configs.len());
        for config in configs {
            let config: E::Config = typed(config);
            if E::Config::SECRETS.is_empty() {
                self.configs.push(config);
            } else {
                self.configs.push(config.without_secrets());
                self.whole.push(config);
            }
        }
    }

    fn retain(&mut self, is_kept: &dyn Fn(usize) -> bool) {
        for configs in [&mut self.configs, &mut self.whole] {
            let mut places = 0..;
            configs.retain(|_| places.next().is_some_and(is_kept));
        }
    }

    fn run_name(&self, run: usize) -> String {
        let name = self.configs[run].run_name();
        name.unwrap_or_else(|| short_name(E::name()))
    }

    fn timeout(&self, run: usize) -> Option<Duration> {
        E::timeout(self.whole(run))
    }

    fn cost(&self, run: usize) -> Cost {
        E::cost(self.whole(run))
    }

    fn run(&self, run: usize, context: &Context) -> anyhow::Result<AnyOutput> {
        E::run(self.whole(run), context).map(|output| Box::new(output) as AnyOutput)
    }

    fn reproduces(&self, stored: &dyn AnyValue, again: &dyn AnyValue) -> bool {
        E::reproduces(typed_ref(stored), typed_ref(again))
    }

    fn config(&self, run: usize) -> &dyn AnyValue {
        &self.configs[run]
    }

    fn whole_config(&self, run: usize) -> &dyn AnyValue {
        self.whole(run)
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn probe_output(&self) -> ProbeType {
        probe::<E::Output>
    }

    fn types(&self) -> (ValueType, ValueType) {
        (ValueType::of::<E::Config>(), ValueType::of::<E::Output>())
    }

    fn upgrades(&self) -> &UntypedUpgrades {
        &self.upgrades
    }

    fn note_losses(&self, run: usize, stored: &dyn AnyValue, losses: &mut Losses) {
        self.whole(run).losses(typed_ref(stored), losses);
    }

    fn put(&mut self, run: usize, stored: StoredConfig) {
        let config: E::Config = typed(stored.config);
        if let Some(whole) = self.whole.get_mut(run) {
            self.configs[run] = config.without_secrets();
            *whole = config;
        } else {
            self.configs[run] = config;
        }
        if stored.encoding == Encoding::SelfDescribing {
            note(&mut self.self_describing, run);
        }
    }

    fn encoding(&self, run: usize) -> Encoding {
        match self.self_describing.get(run) {
            Some(true) => Encoding::SelfDescribing,
            _ => Encoding::Postcard,
        }
    }
}

fn note(marks: &mut Vec<bool>, place: usize) {
    if marks.len() <= place {
        marks.resize(place + 1, false);
    }
    marks[place] = true;
}

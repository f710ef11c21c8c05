//! Configs in the text of a file: a JSON list, or `[[config]]` tables in TOML.

use super::assignment::explain;
use crate::{
    base::Error,
    value::{BoxedConfig, ConfigType, Tree, TreeError, check_entries, notation},
};

/// The text of a file that is named for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigFile<'a> {
    /// Its ending names the format of the text.
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl ConfigFile<'_> {
    /// Returns the configs in the order of the file.
    ///
    /// # Errors
    ///
    /// If the text is not of the format, or if a config in it is not of the type; the error names line, column and field.
    pub(crate) fn configs(&self, of: ConfigType) -> Result<Vec<BoxedConfig>, Error> {
        let file = self.name.rsplit('/').next().unwrap_or(self.name);
        match file.rsplit_once('.').map(|(_, ending)| ending) {
            Some(ending) if ending.eq_ignore_ascii_case("json") => self.json(of),
            Some(ending) if ending.eq_ignore_ascii_case("toml") => self.toml(of),
            // A pipe has no name that tells; no list of configs in JSON begins as a table in TOML does.
            None if self.text.trim_start().starts_with("[[") => self.toml(of),
            None if self.text.trim_start().starts_with(['[', '{']) => self.json(of),
            None => self.toml(of),
            Some(_) => Err(Error::usage(format!(
                "--configs {}: the name of the file must end in .json or .toml",
                self.name
            ))),
        }
    }

    fn json(&self, of: ConfigType) -> Result<Vec<BoxedConfig>, Error> {
        // The notation of the command line takes more than JSON; in a file that would be a mistake.
        let tree = notation::parse_json(self.text)
            .map_err(|error| self.error(self.position(error.offset), &error.to_string()))?;
        match tree {
            Tree::List(items) => self.each(of, items, |path| notation::locate(self.text, path)),
            _ => Err(self.error((1, 1), "the configs must be a list, as `[{…}, {…}]`")),
        }
    }

    #[cfg(not(feature = "toml"))]
    fn toml(&self, _: ConfigType) -> Result<Vec<BoxedConfig>, Error> {
        Err(Error::usage(format!(
            "--configs {}: this program was built without the feature `toml`; write the configs as JSON",
            self.name
        )))
    }

    #[cfg(feature = "toml")]
    fn toml(&self, of: ConfigType) -> Result<Vec<BoxedConfig>, Error> {
        let arena = super::toml::Arena::new();
        let document = super::toml::parse(self.text, &arena)
            .map_err(|(offset, message)| self.error(self.position(offset), &message))?;
        let tables = document
            .tables()
            .map_err(|(offset, message)| self.error(self.position(offset), &message))?;
        self.each(of, tables, |path| document.locate(path))
    }

    /// Reads every config; `locate` finds the offset of a path that begins with the number of the config.
    fn each(
        &self,
        of: ConfigType,
        trees: Vec<Tree>,
        locate: impl Fn(&[&str]) -> usize,
    ) -> Result<Vec<BoxedConfig>, Error> {
        let read = |(index, tree): (usize, Tree)| {
            let written = tree.clone();
            let made = of.read(tree).and_then(|made| {
                check_entries(&written, &made.tree()?)?;
                Ok(made)
            });
            made.map_err(|error: TreeError| {
                let number = index.to_string();
                let path = [vec![number.as_str()], error.place()].concat();
                let (line, column) = self.position(locate(&path));
                let name = self.name;
                let config = index + 1;
                let place = format!("--configs {name}:{line}:{column}: config {config}");
                Error::usage(explain(of, &place, &error))
            })
        };
        trees.into_iter().enumerate().map(read).collect()
    }

    /// Returns the line and column of an offset, from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (line, before[start..].chars().count() + 1)
    }

    fn error(&self, (line, column): (usize, usize), message: &str) -> Error {
        Error::usage(format!(
            "--configs {}:{line}:{column}: {message}",
            self.name
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{Config, Layer, Optimizer, Sample, typed};

    #[track_caller]
    fn check<C: Config + PartialEq + std::fmt::Debug>(
        name: &str,
        text: &str,
        expected: Result<Vec<C>, &str>,
    ) {
        let configs = ConfigFile { name, text }.configs(ConfigType::of::<C>());
        let configs = configs.map_err(|error| error.to_string());
        let configs: Result<Vec<C>, _> =
            configs.map(|configs| configs.into_iter().map(typed).collect());
        assert_eq!(configs, expected.map_err(str::to_owned));
    }

    #[test]
    fn json_lists_are_read() {
        check(
            "a.json",
            r#"[{"units": 1}, {"units": 2}]"#,
            Ok(vec![Layer { units: 1 }, Layer { units: 2 }]),
        );
        check::<Layer>("a.json", "[]", Ok(vec![]));
    }

    #[cfg(feature = "toml")]
    #[test]
    fn a_pipe_is_read_as_what_is_in_it() {
        for pipe in ["-", "/dev/fd/63", "some.dir/pipe"] {
            check(pipe, " [{\"units\": 1}]", Ok(vec![Layer { units: 1 }]));
            check(
                pipe,
                "# x\n[[config]]\nunits = 1",
                Ok(vec![Layer { units: 1 }]),
            );
            check(pipe, "[[config]]\nunits = 1", Ok(vec![Layer { units: 1 }]));
        }
        check::<Layer>(
            "-",
            "{\"units\": 1}",
            Err("--configs -:1:1: the configs must be a list, as `[{…}, {…}]`"),
        );
    }

    #[test]
    fn whole_configs_survive_json() -> Result<(), serde_json::Error> {
        let configs = vec![Sample::default(), Sample::default()];
        check(
            "a.json",
            &serde_json::to_string_pretty(&configs)?,
            Ok(configs),
        );
        Ok(())
    }

    #[test]
    fn mistakes_in_json_are_found_by_line_column_and_field() {
        let check = |text, expected| check::<Optimizer>("a.json", text, Err(expected));
        check(
            "[\n  {\"momentum\": 0.5, \"nesterov\": true},\n  {\"momentum\": \"x\", \"nesterov\": true}\n]",
            "--configs a.json:3:16: config 2: `momentum` takes f64: invalid type: string \"x\", expected f64 (Weight of the \
             previous step, 0 to 1)",
        );
        check(
            "[{\"momentum\": 1}]",
            "--configs a.json:1:2: config 1: `nesterov` is missing",
        );
        check(
            "[\n{\"momentum\": 1,\n \"nestrov\": true}]",
            "--configs a.json:3:13: config 1: no field `nestrov`; did you mean `nesterov`? (fields: momentum, nesterov)",
        );
        check("[{]", "--configs a.json:1:3: key must be a string");
        check(
            "[{momentum: 1}]",
            "--configs a.json:1:3: key must be a string",
        );
        check(
            "{}",
            "--configs a.json:1:1: the configs must be a list, as `[{…}, {…}]`",
        );
        check(
            "[{\"momentum\": 1,\n\"momentum\": 2}]",
            "--configs a.json:2:1: `momentum` is there twice",
        );
    }

    #[test]
    fn files_of_another_kind_are_refused() {
        check::<Layer>(
            "a.yaml",
            "",
            Err("--configs a.yaml: the name of the file must end in .json or .toml"),
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn toml_tables_are_read() {
        let text = "
            # Two of them.
            [[config]]
            units = 1_0
            [[config]]
            units = 0x10
        ";
        check(
            "a.toml",
            text,
            Ok(vec![Layer { units: 10 }, Layer { units: 16 }]),
        );
        check::<Layer>(
            "a.toml",
            "config = [{units = 1}]",
            Ok(vec![Layer { units: 1 }]),
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn mistakes_in_toml_are_found_by_line_column_and_field() {
        let check = |text, expected| check::<Optimizer>("a.toml", text, Err(expected));
        check(
            "[[config]]\nmomentum = 0.5\nnesterov = 1\n",
            "--configs a.toml:3:12: config 1: `nesterov` takes bool: `1` is neither `true` nor `false`",
        );
        check(
            "[[config]]\nmomentum = 0.5\n",
            "--configs a.toml:1:1: config 1: `nesterov` is missing",
        );
        check(
            "[[config]]\nmomentum = 0.5\nnestrov = true\n",
            "--configs a.toml:3:11: config 1: no field `nestrov`; did you mean `nesterov`? (fields: momentum, nesterov)",
        );
        check(
            "[[configs]]\nmomentum = 0.5\n",
            "--configs a.toml:1:3: no table `configs`; did you mean `config`? (tables: config)",
        );
        check(
            "config = 5",
            "--configs a.toml:1:10: the configs must be tables, as `[[config]]`",
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\[|\\]|\\{|\\}|\"|:|,|=|\\n|config|units|[0-9]|-|e|\\.|null|#| ){0,24}|.*") {
            for name in ["a.json", "a.toml"] {
                let _ = ConfigFile { name, text: &text }.configs(ConfigType::of::<Layer>());
            }
        }
    }
}

//! [`Sweep`]: a product of values over a base config.

/// A list of configs that grows by products; what `base.sweep()` builds on.
///
/// `#[derive(Config)]` gives every struct a builder with one method per field on top of this.
///
/// ```
/// # use runner_core as runner;
/// use runner::Sweep;
///
/// let configs = Sweep::new((0, 'z'))
///     .each([1, 2], |config, item| config.0 = item)
///     .each(['a', 'b'], |config, item| config.1 = item)
///     .build();
/// assert_eq!(configs, [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a sweep does nothing until `build()` is called"]
pub struct Sweep<C> {
    configs: Vec<C>,
}

impl<C: Clone> Sweep<C> {
    /// A sweep of one config: `base` itself.
    pub fn new(base: C) -> Self {
        Self {
            configs: vec![base],
        }
    }

    /// Replaces every config by one copy for each of `items`, changed by `apply`; the items of the last call vary fastest.
    ///
    /// Use it for paired, nested or dependent fields, and for fields whose names clash with `each` and `build`. No
    /// items at all leave no configs.
    pub fn each<T: Clone>(
        self,
        items: impl IntoIterator<Item = T>,
        apply: impl Fn(&mut C, T),
    ) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        let mut configs = Vec::with_capacity(self.configs.len() * items.len());
        for base in &self.configs {
            for item in &items {
                let mut config = base.clone();
                apply(&mut config, item.clone());
                configs.push(config);
            }
        }
        Self { configs }
    }

    /// The configs, in the order of the product.
    pub fn build(self) -> Vec<C> {
        self.configs
    }
}

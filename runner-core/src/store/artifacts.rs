//! The artifacts of a run: how those of two directories differ.

use std::collections::BTreeMap;

use super::{base::Store, disk::Artifact, layout::inside};
use crate::{base::Error, base::human, value::RunPaths};

/// Maximum length of a file whose bytes are compared; of a longer one, the digest is.
const COMPARED_BYTES_MAX: u64 = 8 << 20;

/// An artifact that is not the same in two directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactDifference {
    pub(crate) name: String,
    /// What it is in each of them.
    pub(crate) before: String,
    pub(crate) now: String,
}

impl Store {
    /// Returns the artifacts that differ between a run's directory and one of another store, apart from where these are.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read.
    pub(crate) fn artifact_differences(
        &self,
        directory: &str,
        again: (&Self, &str),
        place: &RunPaths,
    ) -> Result<Vec<ArtifactDifference>, Error> {
        let (other, other_directory) = again;
        let before = self.artifacts(directory)?;
        let mut now = other.artifacts(other_directory)?;
        let mut differences = Vec::new();
        for (name, artifact) in before {
            let again = now.remove(&name);
            let is_same = match (&artifact, &again) {
                (Artifact::File(bytes), Some(Artifact::File(again_bytes))) => {
                    let paths = [inside(directory, &name), inside(other_directory, &name)];
                    let sizes = [*bytes, *again_bytes];
                    self.is_same_file(other, paths.each_ref().map(String::as_str), sizes, place)?
                }
                (Artifact::Link(target), Some(Artifact::Link(again))) => {
                    place.is_same(target.as_bytes(), again.as_bytes())
                }
                (artifact, again) => again.as_ref() == Some(artifact),
            };
            if !is_same {
                differences.push(difference(name, Some(&artifact), again.as_ref()));
            }
        }
        let new = now.into_iter();
        differences.extend(new.map(|(name, artifact)| difference(name, None, Some(&artifact))));
        Ok(differences)
    }

    /// Lists the run's own files in its directory.
    fn artifacts(&self, directory: &str) -> Result<BTreeMap<String, Artifact>, Error> {
        let mut artifacts = BTreeMap::new();
        let listed = self
            .files()
            .disk
            .artifacts(directory, &mut |name, artifact| {
                artifacts.insert(name, artifact);
            });
        listed.map_err(self.files().reading("list the files of", directory))?;
        Ok(artifacts)
    }

    fn is_same_file(
        &self,
        other: &Self,
        [path, other_path]: [&str; 2],
        sizes: [u64; 2],
        place: &RunPaths,
    ) -> Result<bool, Error> {
        if sizes.iter().all(|size| *size <= COMPARED_BYTES_MAX) {
            let before = self.files().bytes(path, |_| None)?;
            let now = other.files().bytes(other_path, |_| None)?;
            return Ok(match (before, now) {
                (Some(before), Some(now)) => place.is_same(&before, &now),
                (before, now) => before == now,
            });
        }
        let digest = |store: &Self, path| {
            let digest = store.files().disk.digest(path);
            digest.map_err(store.files().reading("read", path))
        };
        Ok(sizes[0] == sizes[1] && digest(self, path)? == digest(other, other_path)?)
    }
}

fn difference(
    name: String,
    before: Option<&Artifact>,
    now: Option<&Artifact>,
) -> ArtifactDifference {
    let mut sides = [before, now].map(|side| match side {
        None => "(none)".to_owned(),
        Some(Artifact::File(bytes)) => human::bytes(*bytes),
        Some(Artifact::Link(target)) => format!("link to {target}"),
        Some(Artifact::Other) => "no file".to_owned(),
    });
    if let (Some(Artifact::File(one)), Some(Artifact::File(other))) = (before, now)
        && sides[0] == sides[1]
    {
        sides = if one == other {
            [sides[0].clone(), "as many, others".to_owned()]
        } else {
            [one, other].map(|bytes| format!("{bytes} B"))
        };
    }
    let [before, now] = sides;
    ArtifactDifference { name, before, now }
}

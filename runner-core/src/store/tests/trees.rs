//! Directories that are measured and removed with all that is in them.

use std::{fs, io::ErrorKind, os::unix::fs::symlink};

use nix::{fcntl::OFlag, sys::stat::Mode};

use super::fixture::Scratch;
use crate::store::trees::{bytes, remove};

#[test]
fn links_are_removed_and_what_they_lead_to_stays() {
    let scratch = Scratch::new();
    let path = |inside: &str| scratch.path().join(inside);
    for directory in ["other", "run/deep/deeper"] {
        fs::create_dir_all(path(directory)).expect("it can be made");
    }
    fs::write(path("other/file"), [0; 5]).expect("it can be written");
    fs::write(path("run/deep/file"), [0; 3]).expect("it can be written");
    symlink("../other", path("run/link")).expect("links can be made");
    symlink("../../other/file", path("run/deep/link")).expect("links can be made");
    symlink("other", path("link")).expect("links can be made");
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
    let parent = nix::fcntl::open(scratch.path(), flags, Mode::empty()).expect("it is there");
    let links = ("../other".len() + "../../other/file".len()) as u64;
    assert_eq!(bytes(&parent, "run").expect("it is there"), Some(3 + links));
    assert_eq!(bytes(&parent, "link").expect("it is there"), None);
    assert_eq!(bytes(&parent, "other/file").expect("it is there"), None);
    let error = remove(&parent, "other/file").expect_err("it is no directory");
    assert_eq!(error.kind(), ErrorKind::NotADirectory);
    for name in ["run", "link"] {
        remove(&parent, name).expect("it can be removed");
    }
    let error = remove(&parent, "run").expect_err("it is gone");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(path("other/file").exists() && !path("link").exists());
}

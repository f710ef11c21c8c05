//! The store against real files, and against a disk that crashes.

mod fixture;
mod lifecycle;

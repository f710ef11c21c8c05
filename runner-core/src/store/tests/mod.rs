//! The store against real files, and against a disk that crashes.

mod crash;
mod fixture;
mod lifecycle;

//! The store against real files, and against a disk that crashes.

mod agreement;
mod crash;
mod damage;
mod fixture;
mod lifecycle;
mod naming;
mod others;

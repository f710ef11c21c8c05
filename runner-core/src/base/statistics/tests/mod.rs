//! Against other software, in simulations, and at the edges.

mod cases;
mod figures;
mod simulated;

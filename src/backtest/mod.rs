//! What would these signals have earned, for one combination and for all?

pub mod metrics;
pub mod portfolio;
pub mod simulator;
pub mod single;
pub mod sweep;

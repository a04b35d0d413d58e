//! Bars and dated events: what each market looked like, what its columns say, where they are kept.

pub mod events;
pub mod indicators;
pub mod sample;
pub mod series;
pub mod store;

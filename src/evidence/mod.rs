//! Is it real, and how much can this history bear?

pub mod beside;
pub mod event_study;
pub mod scan;
pub mod verdict;

//! What does a run leave behind, whole or not at all?

pub mod folder;
pub mod manifest;
pub mod scan;
pub mod summary;
pub mod tables;

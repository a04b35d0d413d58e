//! What every wing stands on: messages, exact arithmetic, time.

pub mod calendar;
pub mod diagnostic;
pub mod file;
pub mod files;
pub mod num;
pub mod text;

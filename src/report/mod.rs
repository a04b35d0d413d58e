//! How do I see it? A page, pictures and a few lines for a terminal, all from one [`content::Report`].

pub mod cautions;
pub mod charts;
pub mod compose;
pub mod content;
pub mod format;
pub mod page;
#[cfg(test)]
mod samples;
pub mod terminal;

pub use charts::{ChartFile, render_charts};
pub use page::render_page;
pub use terminal::{paragraph, render_terminal, table};

//! When did this bar open, and when was it known?
//!
//! Every bar has a label (what the vendor wrote) and two instants. Labels name bars; instants decide what
//! may be seen. The two are different types so that they cannot be mixed up.

mod date;
mod instant;
mod nyse;
mod session;
mod zone;

pub use date::parse_date;
pub use instant::{Instant, Label, LabelKind};
pub use jiff::civil::Date;
pub use nyse::{early_close, holiday, sessions};
pub use session::{BarTimes, CustomClose, Session};
pub use zone::Zone;

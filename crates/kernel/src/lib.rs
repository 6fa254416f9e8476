//! Words that every part of Zhike shares: money, moments, actors, filters, text, refusals. No I/O, no async.

pub mod actor;
pub mod clock;
pub mod error;
pub mod filter;
pub mod line;
pub mod money;
pub mod number;
pub mod text;
pub mod unit;
pub mod value;
pub mod worktime;

pub use actor::{Actor, Door, Reach, Role};
pub use clock::{Clock, Date, FixedClock, Stamp, SystemClock};
pub use error::{Arg, Error, FieldError, Kind, Result};
pub use filter::{Filter, Op};
pub use money::{Currency, Money};
pub use value::{Value, Values};
pub use worktime::{Hours, WorkCalendar};

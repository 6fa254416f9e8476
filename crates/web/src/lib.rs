//! The web room: shell, components, tables, forms, session, answers. It knows no area; it draws what the registry declares.

pub mod answer;
pub mod area;
pub mod assets;
pub mod input;
pub mod locale;
pub mod routes;
pub mod screen;
pub mod ui;
pub mod visit;

pub use answer::{Answer, Failure};
pub use area::{Area, NavItem, Place, Tab};
pub use input::{Fields, Form, Json, Query};
pub use locale::{Catalog, Lang, Locale};
pub use routes::{PUBLIC, Routes, SIGNED_IN};
pub use screen::Screen;
pub use visit::{App, Visit};

//! What pages are made of: one function (or small builder) per component of the design. Everything given as text is
//! escaped; handlers write no class names.

mod attrs;
mod button;
mod data;
mod field;
mod layers;
mod layout;
mod list;
mod mark;
mod month;
mod overlay;
mod portal_shell;
mod shell;
mod why;

pub use attrs::{Attrs, element};
pub use button::{Btn, btn, icon_btn};
pub use data::{chart, confusion, money, money_full, progress, qty, spark};
pub use field::{Choice, Field, form_errors, hidden, lookup_options, submit_row, upload};
pub use layers::{Hit, palette_results};
pub use layout::{Card, Kpi, Tone, callout, card, empty, kpis, kv, page_body, record_head, section_head, two_columns};
pub use list::{
    Chip, Entry, Page, Step, Tab, bulk_bar, check_all, check_row, chips, pagination, search_box, sort_head, steps,
    tabs, timeline,
};
pub use mark::{
    Hue, Size, Tier, av, badge, badge_icon, co, delta, dot, grade, icon, icon_class, kbd, logo, meter, tier,
};
pub use month::{month, month_of, month_steps};
pub use overlay::{Item, confirm, dialog, menu, skeleton, toast_header, undo_toast_header};
pub use portal_shell::{PortalShell, PortalTab, portal_page};
pub use shell::{Frame, NavGroup, NavItem, Shell, bare, error_body, error_page, page};
pub use why::{reason, reasons, why};

#[cfg(test)]
mod tests;

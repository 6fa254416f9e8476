//! What an area brings to the house: its door.

use crate::{routes::Routes, visit::Visit};
use futures::future::BoxFuture;
use maud::Markup;
use std::sync::Arc;
use zhike_jobs::{Job, Service};
use zhike_kernel::{Filter, Result};
use zhike_store::{EventKind, Extension, Migration, Record, RecordType, Relation, event::Wake, registry::Veto};

/// A part of the business, as the server puts it together.
#[derive(Default)]
pub struct Area {
    /// Its name.
    pub name: &'static str,
    /// Record types it keeps.
    pub types: Vec<RecordType>,
    /// Columns it keeps for other areas' records.
    pub extensions: Vec<Extension>,
    /// Its tables.
    pub migrations: Vec<Migration>,
    /// Pages and API beyond those that every record type has.
    pub routes: Routes,
    /// Tabs and cards on record pages, its own and others'.
    pub tabs: Vec<Tab>,
    /// Entries of the navigation.
    pub nav: Vec<NavItem>,
    /// Its background work.
    pub jobs: Vec<Arc<dyn Job>>,
    /// What it keeps running beside the jobs, in a server that works.
    pub services: Vec<Arc<dyn Service>>,
    /// Events beyond those of its record types.
    pub events: Vec<EventKind>,
    /// (event kind, job name, how) of what it listens to.
    pub listeners: Vec<(&'static str, &'static str, Wake)>,
    /// What it has against putting other areas' records away: (type, veto).
    pub vetoes: Vec<(&'static str, Arc<dyn Veto>)>,
    /// Rows of its own that filters of other areas' records may ask about: (type, rows).
    pub relations: Vec<(&'static str, Relation)>,
    /// Named sets of other areas' records that lists may be narrowed to.
    pub sets: Vec<Set>,
    /// Corners of every page that it fills by itself.
    pub corners: Vec<Corner>,
    /// Pages with a user's own settings.
    pub mine: Vec<Mine>,
    /// What it does with the ticked rows of a list.
    pub bulk: Vec<Bulk>,
    /// Catalogues: English, Chinese.
    pub texts: Vec<(&'static str, &'static str)>,
}

/// A corner of every page: asked again after the seconds in the header `x-again` of its answer; 204 empties it.
#[derive(Clone, Copy, Debug)]
pub struct Corner {
    /// Address that answers with what stands in it.
    pub path: &'static str,
    /// Who gets it.
    pub permission: &'static str,
}

/// A page with a user's own settings, linked from the user's page.
#[derive(Clone, Copy, Debug)]
pub struct Mine {
    /// Icon.
    pub icon: &'static str,
    /// Translation key.
    pub label: &'static str,
    /// Address.
    pub path: &'static str,
    /// Who has it.
    pub permission: &'static str,
}

/// A button in the bar for ticked rows: a form with their `ids` (separated by commas) goes to its address.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    /// Record type of the list.
    pub of: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// Translation key.
    pub label: &'static str,
    /// Address.
    pub path: &'static str,
    /// Who may.
    pub permission: &'static str,
}

/// What a set is called and which records it holds, for these eyes; none when they may not see it.
pub type Named = Option<(String, Filter)>;
/// How a set is found by its id.
pub type Find = Arc<dyn for<'a> Fn(&'a Visit, i64) -> BoxFuture<'a, Result<Named>> + Send + Sync>;

/// A kind of sets of records: a list with `?set={key}-{id}` holds only what is in the set.
#[derive(Clone)]
pub struct Set {
    /// Record type of the list.
    pub of: &'static str,
    /// Kind of set; the label of its chip is `records-set-{key}`.
    pub key: &'static str,
    /// Finds one.
    pub find: Find,
}

/// What areas put around the pages of all.
#[derive(Clone, Default)]
pub struct Around {
    /// See [`Set`].
    pub sets: Vec<Set>,
    /// See [`Corner`].
    pub corners: Vec<Corner>,
    /// See [`Mine`].
    pub mine: Vec<Mine>,
    /// See [`Bulk`].
    pub bulk: Vec<Bulk>,
}

/// An entry of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct NavItem {
    /// Key; the label is `nav-{key}`.
    pub key: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// Address.
    pub path: &'static str,
    /// Section: `""` (top), `sales`, `service`, `money`, `insight`, `house`; its label is `nav-section-{section}`.
    pub section: &'static str,
    /// Who sees it.
    pub permission: &'static str,
    /// Place within the section.
    pub order: i32,
}

/// How a tab is drawn.
pub type Draw = Arc<dyn for<'a> Fn(&'a Visit, &'a Record) -> BoxFuture<'a, Result<Markup>> + Send + Sync>;

/// Where a piece of a record page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A tab of its own, drawn when it is opened.
    Tab,
    /// Above the tabs: key figures, drawn with the page.
    Head,
    /// A card in the rail on the right, drawn with the page.
    Rail,
    /// A badge beside the record's name.
    Mark,
    /// A button or menu entry in the bar at the top.
    Action,
}

/// Stands for every record type, as the type of a piece (not of a tab, whose label names its type).
pub const EVERY: &str = "*";

/// A piece of a record page.
#[derive(Clone)]
pub struct Tab {
    /// Record type on whose page it stands, or [`EVERY`].
    pub of: &'static str,
    /// Key, part of the address; a tab's label is `{of}-tab-{key}`.
    pub key: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Order among its neighbours; a tab below 0 stands before the details and is what the page opens with.
    pub order: i32,
    /// Who sees it.
    pub permission: &'static str,
    /// Fields that it shows; the details leave them out.
    pub shows: &'static [&'static str],
    /// Its icon, where tabs have one (the portal).
    pub icon: &'static str,
    /// Draws it.
    pub draw: Draw,
}

impl Tab {
    /// A piece drawn by an async function.
    pub fn new<F>(
        of: &'static str,
        key: &'static str,
        place: Place,
        order: i32,
        permission: &'static str,
        draw: F,
    ) -> Tab
    where
        F: for<'a> Fn(&'a Visit, &'a Record) -> BoxFuture<'a, Result<Markup>> + Send + Sync + 'static,
    {
        Tab {
            of,
            key,
            place,
            order,
            permission,
            shows: &[],
            icon: "file-text",
            draw: Arc::new(draw),
        }
    }
    /// With an icon.
    pub fn icon(mut self, icon: &'static str) -> Tab {
        self.icon = icon;
        self
    }
    /// It shows these fields, so the details need not.
    pub fn shows(mut self, fields: &'static [&'static str]) -> Tab {
        self.shows = fields;
        self
    }
}

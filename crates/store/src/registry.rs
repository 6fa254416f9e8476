//! One declaration per record type. Lists, forms, filters, import, export, API, audit and search read it.

use crate::{Tx, ctx::Ctx, event::Listeners, field::Field, filter_sql::fixed, read::Record};
use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc};
use zhike_kernel::{Error, Filter, Result, Values};

/// Whose eyes may see a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody who may view the type.
    Everyone,
    /// The owner named by a column (and the owner's team, and everybody with full reach).
    Owner(&'static str),
    /// Whoever sees the party named by a column.
    Party(&'static str),
    /// The owner named by the first column, or whoever sees the party named by the second.
    OwnerOrParty(&'static str, &'static str),
    /// Whoever one of the columns names (who does it, who gave it), or who sees the party named by the last.
    Concerned(&'static [&'static str], &'static str),
    /// Its owner (first column), and those with whom the second column shares it: `private` nobody, `team` the owner's
    /// team, `everyone` everybody. A wide reach opens nobody's private things.
    Shared(&'static str, &'static str),
    /// Whoever sees the parent: (its type, column with its id).
    Parent(&'static str, &'static str),
}

/// Rows that hang on a record and may be asked about in a filter (`exists role where role is customer`).
#[derive(Clone, Debug)]
pub struct Relation {
    /// Name in filters.
    pub name: &'static str,
    /// Table.
    pub table: &'static str,
    /// Column holding the record's id.
    pub key: &'static str,
    /// Fields that may be compared.
    pub fields: Vec<Field>,
}

/// Columns that another area keeps for a record type, one row per record at most (a tier, a receivable).
pub struct Extension {
    /// The record type.
    pub of: &'static str,
    /// Table.
    pub table: &'static str,
    /// Column holding the record's id; unique.
    pub key: &'static str,
    /// The columns.
    pub fields: Vec<Field>,
}

/// A view of a list that comes with the type, shown as a tab; its label is `{type}-view-{key}`. Fields that nobody keeps
/// in this house are left out; a view whose filter asks for one is not offered.
#[derive(Clone, Debug)]
pub struct BuiltIn {
    /// Part of the address: `?view=key`.
    pub key: &'static str,
    /// Conditions. The value `today` of a day and `me` of a user are read when the view is opened.
    pub filter: Filter,
    /// Field to sort by and whether descending; the type's own order when there is none.
    pub sort: Option<(&'static str, bool)>,
    /// Columns beside the name; the type's own when there are none.
    pub columns: Vec<&'static str>,
}

impl BuiltIn {
    /// Only a filter; order and columns are the type's.
    pub fn new(key: &'static str, filter: Filter) -> BuiltIn {
        BuiltIn {
            key,
            filter,
            sort: None,
            columns: vec![],
        }
    }
    /// Sorted by a field.
    pub fn sort(mut self, field: &'static str, descending: bool) -> BuiltIn {
        self.sort = Some((field, descending));
        self
    }
    /// With these columns beside the name.
    pub fn columns(mut self, names: &[&'static str]) -> BuiltIn {
        self.columns = names.to_vec();
        self
    }
}

/// What an area does when a record is written. The default does nothing.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// Before saving: refuses, or fills derived fields. `old` is `None` for a new record.
    /// Keep it free of queries where it can be: imports call it for every row.
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, _new: &mut Values) -> Result<()> {
        Ok(())
    }
    /// After saving, in the same transaction. For imports it is called once with many rows.
    async fn saved(&self, _tx: &Tx, _ctx: &Ctx, _rows: &[Saved]) -> Result<()> {
        Ok(())
    }
    /// Before archiving: refuses when something still hangs on the record.
    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, _record: &Record) -> Result<()> {
        Ok(())
    }
    /// A document with the lines that came along is there, written by hand: what is only known of the whole is checked
    /// here, in the same transaction.
    async fn whole(&self, _tx: &Tx, _ctx: &Ctx, _id: i64) -> Result<()> {
        Ok(())
    }
    /// After archiving (`away`), restoring, or taking an imported record out again, in the same transaction: sums that
    /// count the record are made anew here.
    async fn archived(&self, _tx: &Tx, _ctx: &Ctx, _record: &Record, _away: bool) -> Result<()> {
        Ok(())
    }
}

/// What another area has against putting a record away: it is asked after the record's own rules.
#[async_trait]
pub trait Veto: Send + Sync {
    /// Refuses when something of this area still hangs on the record.
    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()>;
}

/// A record that was just written.
pub struct Saved {
    /// Its id.
    pub id: i64,
    /// What it was before, `None` for a new one.
    pub old: Option<Record>,
    /// What it is now (a changed record: only what changed).
    pub new: Values,
}

/// Nothing happens.
pub struct NoHooks;
#[async_trait]
impl Hooks for NoHooks {}

/// The declaration of a record type. Tables have, beside the fields' columns: `id`, `version`, `created_at`,
/// `updated_at` (microseconds) and `archived_at` (or null).
#[derive(Clone)]
pub struct RecordType {
    /// Name, singular: `party`. Permissions are `{name}.view` and so on; labels `{name}-…`.
    pub name: &'static str,
    /// Table.
    pub table: &'static str,
    /// Address of its pages: `/parties`; the API is `/api/v1` + this.
    pub path: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// A small number, its place in the search index; never changed.
    pub code: i64,
    /// Fields, in the order of the form.
    pub fields: Vec<Field>,
    /// The field that names the record.
    pub title: &'static str,
    /// The field shown small beside the name.
    pub subtitle: Option<&'static str>,
    /// Series and prefix of the document number, when it has one.
    pub number: Option<(&'static str, &'static str)>,
    /// Who sees it.
    pub scope: Scope,
    /// The field holding the party whose timeline it belongs to (`id` for the party itself).
    pub party: Option<&'static str>,
    /// For lines of a document: the parent's type and the field with its id.
    pub parent: Option<(&'static str, &'static str)>,
    /// The lines of a document: their type.
    pub lines: Option<&'static str>,
    /// Rows that may be asked about in filters.
    pub relations: Vec<Relation>,
    /// The order of a fresh list: field and whether descending.
    pub order: (&'static str, bool),
    /// Views that come with it.
    pub views: Vec<BuiltIn>,
    /// An address asked while a new one is typed, and the fields that matter to it: it gets the form's fields and answers
    /// with what is shown below the form (records that are probably the same).
    pub alike: Option<(&'static str, &'static [&'static str])>,
    /// Lists show the first picture of each record before its name.
    pub pictures: bool,
    /// Amounts are shown to the last cent, as on every document.
    pub exact: bool,
    /// Has list and record pages of its own kind; lines and settings have none.
    pub pages: bool,
    /// What the area does when it is written.
    pub hooks: Arc<dyn Hooks>,
    /// Areas that have a say when it is put away.
    pub vetoes: Vec<Arc<dyn Veto>>,
    /// Tables of extensions: (table, key).
    pub extensions: Vec<(&'static str, &'static str)>,
}

impl RecordType {
    /// A type with pages, everybody sees it, ordered by newest first.
    pub fn new(
        name: &'static str,
        table: &'static str,
        path: &'static str,
        code: i64,
        fields: Vec<Field>,
    ) -> RecordType {
        let title = fields.first().map_or("id", |f| f.name);
        RecordType {
            name,
            table,
            path,
            icon: "file-text",
            code,
            fields,
            title,
            subtitle: None,
            number: None,
            scope: Scope::Everyone,
            party: None,
            parent: None,
            lines: None,
            relations: vec![],
            order: ("updated_at", true),
            views: vec![],
            alike: None,
            pictures: false,
            exact: false,
            pages: true,
            hooks: Arc::new(NoHooks),
            vetoes: vec![],
            extensions: vec![],
        }
    }
    /// A declared field, or one of the fixed ones (`created_at`, `updated_at`).
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
    /// The field, or an error that names it.
    pub fn need(&self, name: &str) -> Result<&Field> {
        self.field(name)
            .ok_or_else(|| Error::invalid("error-no-such-field").with("field", name))
    }
    /// The field that names the record in Latin letters, for readers who prefer them.
    pub fn latin(&self) -> Option<&'static str> {
        self.fields
            .iter()
            .map(|f| f.name)
            .find(|n| *n == "name_latin" && self.title == "name")
    }
    /// Does every field exist that a filter asks for?
    fn knows(&self, filter: &Filter) -> bool {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => parts.iter().all(|f| self.knows(f)),
            Filter::None(part) => self.knows(part),
            Filter::Exists { relation, .. } => self.relations.iter().any(|r| r.name == relation),
            Filter::Field { field, .. } => fixed(field).is_some() || self.field(field).is_some(),
        }
    }
    /// Leaves out of the built-in views what is not there.
    fn fit_views(&mut self) {
        let mut views = std::mem::take(&mut self.views);
        views.retain(|v| self.knows(&v.filter));
        for view in &mut views {
            view.sort = view
                .sort
                .filter(|(f, _)| fixed(f).or_else(|| self.field(f).cloned()).is_some_and(|f| f.sortable));
            view.columns.retain(|c| self.field(c).is_some());
        }
        self.views = views;
    }
    /// `{name}.{action}`.
    pub fn permission(&self, action: &str) -> String {
        format!("{}.{action}", self.name)
    }
    /// Address of one record.
    pub fn url(&self, id: i64) -> String {
        format!("{}/{id}", self.path)
    }
    /// Translation key of a field's label.
    pub fn label(&self, field: &str) -> String {
        match field {
            "created_at" | "updated_at" | "archived_at" | "number" | "id" => format!("field-{field}"),
            _ => format!("{}-{field}", self.name),
        }
    }
}

/// An event that may be written, and who listens, or why nobody does.
#[derive(Clone, Debug)]
pub struct EventKind {
    /// `area.subject_done.v1`.
    pub name: String,
    /// Why no listener needs it (for instance: it is read on the timeline).
    pub reason: &'static str,
}

/// All record types of a house.
#[derive(Default)]
pub struct Registry {
    types: Vec<Arc<RecordType>>,
    by_name: HashMap<&'static str, usize>,
    events: Vec<EventKind>,
    listeners: Arc<Listeners>,
}

impl Registry {
    /// Puts the declarations of all areas together. Errors name what does not fit.
    pub fn build(
        types: Vec<RecordType>,
        extensions: Vec<Extension>,
        events: Vec<EventKind>,
        listeners: Listeners,
    ) -> Result<Registry, String> {
        let mut types = types;
        for extension in extensions {
            let of = types
                .iter_mut()
                .find(|t| t.name == extension.of)
                .ok_or(format!("extension of unknown {}", extension.of))?;
            let place = of.extensions.len();
            of.extensions.push((extension.table, extension.key));
            for mut field in extension.fields {
                if of.field(field.name).is_some() {
                    return Err(format!("{} has two fields {}", of.name, field.name));
                }
                field.source = crate::field::Source::Extension(place);
                field.editable = false;
                of.fields.push(field);
            }
        }
        let mut all = events;
        for t in &types {
            for what in ["created", "changed", "archived", "restored"] {
                all.push(EventKind {
                    name: format!("{}.{what}.v1", t.name),
                    reason: "read on the timeline, in the audit and by undo",
                });
            }
        }
        let mut registry = Registry {
            events: all,
            listeners: Arc::new(listeners),
            ..Registry::default()
        };
        for mut t in types {
            t.fit_views();
            if registry.by_name.insert(t.name, registry.types.len()).is_some() {
                return Err(format!("two record types {}", t.name));
            }
            if registry.types.iter().any(|o| o.code == t.code) {
                return Err(format!("code of {} is taken", t.name));
            }
            registry.types.push(Arc::new(t));
        }
        Ok(registry)
    }
    /// Adds what areas have against putting other areas' records away: (type, veto).
    pub fn with_vetoes(mut self, vetoes: Vec<(&'static str, Arc<dyn Veto>)>) -> Result<Registry, String> {
        for (of, veto) in vetoes {
            let ty = self.by_name.get(of).and_then(|i| self.types.get_mut(*i));
            let ty = ty.ok_or(format!("veto on unknown {of}"))?;
            Arc::make_mut(ty).vetoes.push(veto);
        }
        Ok(self)
    }
    /// Adds rows of other areas that may be asked about in filters of a type: (type, rows).
    pub fn with_relations(mut self, relations: Vec<(&'static str, Relation)>) -> Result<Registry, String> {
        for (of, relation) in relations {
            let ty = self.by_name.get(of).and_then(|i| self.types.get_mut(*i));
            let ty = ty.ok_or(format!("relation of unknown {of}"))?;
            Arc::make_mut(ty).relations.push(relation);
        }
        Ok(self)
    }
    /// All types.
    pub fn types(&self) -> impl Iterator<Item = &Arc<RecordType>> {
        self.types.iter()
    }
    /// A type by name.
    pub fn get(&self, name: &str) -> Result<&Arc<RecordType>> {
        self.by_name
            .get(name)
            .and_then(|i| self.types.get(*i))
            .ok_or_else(Error::missing)
    }
    /// A type by its path (`parties`).
    pub fn by_path(&self, path: &str) -> Option<&Arc<RecordType>> {
        self.types.iter().find(|t| t.path.trim_start_matches('/') == path)
    }
    /// All events that may be written.
    pub fn events(&self) -> &[EventKind] {
        &self.events
    }
    /// Who listens to what.
    pub fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }
}

//! What a list is asked for in its address: search, filters, order, columns, place. Read, changed and written back.

pub use super::cond::{Cond, ME, Reader, TODAY, operators, relative};
use super::show::field_of;
use crate::input::{Fields, percent_encode};
use zhike_kernel::{FieldError, Filter};
use zhike_store::{Field, List, RecordType};

/// Conditions of one list, at most.
const MOST: usize = 20;

/// The view that a list began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewRef {
    /// One that somebody saved, by id.
    Saved(i64),
    /// One that comes with the type, by key.
    BuiltIn(&'static str),
}

impl std::fmt::Display for ViewRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ViewRef::Saved(id) => write!(f, "{id}"),
            ViewRef::BuiltIn(key) => f.write_str(key),
        }
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Search words.
    pub q: String,
    /// The view that it began with.
    pub view: Option<ViewRef>,
    /// It says everything itself, even that it has no filter; else the view speaks.
    pub edited: bool,
    /// Filters.
    pub conds: Vec<Cond>,
    /// What the address says beside them and nobody understands: told, and nothing is done to all that match.
    pub unread: Vec<String>,
    /// A condition of the saved view that cannot be shown as chips.
    pub base: Filter,
    /// Only what is in this set: its kind and id; see [`crate::area::Set`].
    pub set: Option<(String, i64)>,
    /// What the set is called and holds, once it was found.
    pub within: Option<(String, Filter)>,
    /// Sorted by, and whether downwards; the type's own order when there is none.
    pub sort: Option<(String, bool)>,
    /// Columns beside the name; the type's own when there are none.
    pub columns: Option<Vec<String>>,
    /// Place.
    pub cursor: Option<String>,
    /// The archived ones.
    pub archived: bool,
}

impl Ask {
    /// Reads the address. What the type does not know is left out of the list and told.
    pub fn read(ty: &RecordType, fields: &Fields) -> Ask {
        let (mut conds, mut unread) = (vec![], vec![]);
        for text in fields.all("f").filter(|t| !t.is_empty()).take(MOST * 2) {
            // A condition on what is hidden is refused in words, not passed over.
            let known = Cond::parse(text).filter(|c| field_of(ty, &c.field).is_some());
            match known.filter(|_| conds.len() < MOST) {
                Some(cond) => conds.push(cond),
                None => unread.push(text.chars().take(100).collect()),
            }
        }
        let view = fields.filled("view").and_then(|text| match text.parse() {
            Ok(id) => Some(ViewRef::Saved(id)),
            Err(_) => {
                let found = ty.views.iter().find(|v| v.key == text);
                if found.is_none() {
                    unread.push(text.chars().take(100).collect());
                }
                found.map(|v| ViewRef::BuiltIn(v.key))
            }
        });
        let sort = fields.filled("sort").and_then(|s| sort_of(ty, s));
        let columns: Option<Vec<String>> = if fields.get("col").is_some() {
            Some(columns_of(ty, fields.all("col")))
        } else {
            fields.filled("cols").map(|c| columns_of(ty, c.split(',')))
        };
        Ask {
            q: fields.filled("q").unwrap_or("").chars().take(100).collect(),
            view,
            edited: fields.get("edited").is_some() || !conds.is_empty() || sort.is_some() || columns.is_some(),
            conds,
            unread,
            base: Filter::default(),
            set: fields.filled("set").and_then(set_of),
            within: None,
            sort,
            columns,
            cursor: fields.filled("cursor").map(str::to_owned),
            archived: fields.get("archived") == Some("1"),
        }
    }

    /// The pairs of the address, without the place.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut out = vec![];
        let mut add = |k: &str, v: String| out.push((k.to_owned(), v));
        if !self.q.is_empty() {
            add("q", self.q.clone());
        }
        if let Some(view) = self.view {
            add("view", view.to_string());
            if self.edited {
                add("edited", "1".into());
            }
        }
        if let Some((key, id)) = &self.set {
            add("set", format!("{key}-{id}"));
        }
        for text in &self.unread {
            add("f", text.clone());
        }
        if self.view.is_none() || self.edited {
            for cond in &self.conds {
                add("f", cond.write());
            }
            if let Some((field, down)) = &self.sort {
                add("sort", format!("{}{field}", if *down { "-" } else { "" }));
            }
            if let Some(columns) = &self.columns {
                add(
                    "cols",
                    if columns.is_empty() {
                        "none".into()
                    } else {
                        columns.join(",")
                    },
                );
            }
        }
        if self.archived {
            add("archived", "1".into());
        }
        out
    }

    /// The query string.
    pub fn query(&self) -> String {
        let pairs: Vec<String> = self
            .pairs()
            .iter()
            .map(|(k, v)| format!("{k}={}", percent_encode(v)))
            .collect();
        pairs.join("&")
    }

    /// An address below the type's path that carries all of this.
    pub fn link(&self, ty: &RecordType, rest: &str) -> String {
        let query = self.query();
        if query.is_empty() {
            format!("{}{rest}", ty.path)
        } else {
            format!("{}{rest}?{query}", ty.path)
        }
    }

    /// The same, changed by hand.
    pub fn changed(&self, change: impl FnOnce(&mut Ask)) -> Ask {
        let mut ask = Ask {
            cursor: None,
            edited: true,
            // It was told; who goes on changing the list goes on without it.
            unread: vec![],
            ..self.clone()
        };
        change(&mut ask);
        ask
    }

    /// The order that holds.
    pub fn order(&self, ty: &RecordType) -> (String, bool) {
        self.sort.clone().unwrap_or_else(|| (ty.order.0.to_owned(), ty.order.1))
    }

    /// The columns shown beside the name.
    pub fn shown(&self, ty: &RecordType) -> Vec<Field> {
        match &self.columns {
            Some(names) => names.iter().filter_map(|n| field_of(ty, n)).collect(),
            None => ty
                .fields
                .iter()
                .filter(|f| f.default_column && f.name != ty.title && Some(f.name) != ty.subtitle)
                .cloned()
                .collect(),
        }
    }

    /// All filters as one, and what is wrong with those that cannot be read (they are left out).
    pub fn filter(&self, ty: &RecordType, reader: &Reader) -> (Filter, Vec<FieldError>) {
        let (mut parts, mut wrong) = (vec![], vec![]);
        if !self.base.is_everything() {
            parts.push(reader.resolved(ty, &self.base));
        }
        if let Some((_, filter)) = &self.within {
            parts.push(filter.clone());
        }
        for cond in &self.conds {
            match cond.filter(ty, reader) {
                Ok(filter) => parts.push(filter),
                Err(e) => wrong.push(e),
            }
        }
        (Filter::All(parts), wrong)
    }

    /// As the store understands it, without the search words.
    pub fn list(&self, ty: &RecordType, filter: Filter) -> List {
        let (sort, descending) = self.order(ty);
        let mut columns = vec![ty.title.to_owned()];
        let kind = (ty.party == Some("id")).then_some("kind");
        let number = ty.number.map(|_| "number");
        let shown = self.shown(ty);
        for name in [ty.subtitle, kind, number]
            .into_iter()
            .flatten()
            .chain(shown.iter().map(|f| f.name))
        {
            if field_of(ty, name).is_some() && !columns.iter().any(|c| c == name) {
                columns.push(name.to_owned());
            }
        }
        super::show::with_currencies(ty, &mut columns);
        List {
            filter,
            sort,
            descending,
            columns,
            limit: 50,
            cursor: self.cursor.clone(),
            archived: self.archived,
            ids: None,
        }
    }
}

/// `segment-5`.
fn set_of(text: &str) -> Option<(String, i64)> {
    let (key, id) = text.rsplit_once('-')?;
    Some((key.to_owned(), id.parse().ok()?))
}

fn sort_of(ty: &RecordType, text: &str) -> Option<(String, bool)> {
    let (name, down) = text.strip_prefix('-').map_or((text, false), |n| (n, true));
    // An order by what is hidden is refused by the store, not passed over.
    let known = field_of(ty, name).is_some_and(|f| f.sortable || f.hidden);
    known.then(|| (name.to_owned(), down))
}

fn columns_of<'a>(ty: &RecordType, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for name in names.filter(|n| *n != ty.title && field_of(ty, n).is_some()) {
        if !out.iter().any(|o| o == name) {
            out.push(name.to_owned());
        }
    }
    out
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;

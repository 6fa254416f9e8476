//! Which fields of a record an actor sees: hidden by permission, or personal and masked.

use crate::{Ctx, Field, FieldKind, RecordType};
use std::sync::Arc;
use zhike_kernel::{Actor, Error, Filter, Result};

/// The permission that shows personal data whole.
pub const CONTACT: &str = "contact.view";

impl Field {
    /// Seen only with a permission beyond the type's own.
    pub fn needs(mut self, permission: &'static str) -> Field {
        self.needs = Some(permission);
        self
    }
    /// Of use to the program alone.
    pub fn internal(mut self) -> Field {
        self.internal = true;
        self
    }
    /// A day that comes again: compared with the usual number of days in another field.
    pub fn pace(mut self, usual: &'static str) -> Field {
        self.pace = Some(usual);
        self
    }
    /// Asked for a day that lies so many days back, an empty one counts, too: it never happened.
    pub fn or_never(mut self) -> Field {
        self.never = true;
        self
    }
    /// A computed row of numbers, drawn as bars; nothing can be asked about it.
    pub fn series(mut self) -> Field {
        self.series = true;
        self.filterable = false;
        self.computed().unsorted()
    }
    /// May name a record out of the writer's sight.
    pub fn beyond_sight(mut self) -> Field {
        self.beyond_sight = true;
        self
    }
    /// The permission without which nobody may filter or sort by it: the order of what is hidden would tell it.
    pub fn lock(&self) -> Option<&'static str> {
        self.needs.or(self.personal.then_some(CONTACT))
    }
    /// A telephone number or an address: shown masked on pages until it is asked for.
    pub fn is_contact(&self) -> bool {
        self.personal && matches!(self.kind, FieldKind::Phone | FieldKind::Email)
    }
    /// A personal value as it is shown to whoever may not see it whole.
    pub fn mask(&self, text: &str) -> String {
        match self.kind {
            _ if text.is_empty() => String::new(),
            FieldKind::Phone => zhike_kernel::text::mask_phone(text),
            FieldKind::Email => zhike_kernel::text::mask_email(text),
            _ => "***".to_owned(),
        }
    }
}

impl Ctx {
    /// Are the values of this field for these eyes?
    pub fn sees(&self, field: &Field) -> bool {
        !field.hidden && field.needs.is_none_or(|p| self.actor.may(p))
    }
    /// May these eyes see personal data whole?
    pub fn unmasks(&self, field: &Field) -> bool {
        !field.personal || self.actor.may(CONTACT)
    }
    /// Refuses to filter, sort or sum by what is hidden or masked.
    pub fn may_ask(&self, field: &Field) -> Result<()> {
        match field.lock() {
            Some(permission) if !self.actor.may(permission) => Err(hidden(field)),
            _ => Ok(()),
        }
    }
}

/// The refusal of a field that is hidden for the actor's role.
pub fn hidden(field: &Field) -> Error {
    Error {
        code: "error-field-hidden",
        ..Error::forbidden(field.lock().unwrap_or_default())
    }
    .with("field", field.name)
}

impl RecordType {
    /// The declaration as an actor sees it: hidden fields are neither written, filtered nor sorted by, and views that
    /// rest on them are left out.
    pub fn seen_by(self: &Arc<RecordType>, actor: &Actor) -> Arc<RecordType> {
        let locked = |f: &Field| f.lock().is_some_and(|p| !actor.may(p));
        if !self.fields.iter().any(locked) {
            return self.clone();
        }
        let mut ty = RecordType::clone(self);
        for field in ty.fields.iter_mut().filter(|f| locked(f)) {
            field.hidden = field.needs.is_some_and(|p| !actor.may(p));
            field.default_column &= !field.hidden;
            field.editable = false;
            field.filterable = false;
            field.sortable = false;
        }
        let shut: Vec<&str> = ty.fields.iter().filter(|f| locked(f)).map(|f| f.name).collect();
        ty.views.retain(|v| !asks(&v.filter, &shut));
        let hidden: Vec<&str> = ty.fields.iter().filter(|f| f.hidden).map(|f| f.name).collect();
        for view in &mut ty.views {
            view.sort = view.sort.filter(|(f, _)| !shut.contains(f));
            view.columns.retain(|c| !hidden.contains(c));
        }
        if shut.contains(&ty.order.0) {
            ty.order = ("updated_at", true);
        }
        Arc::new(ty)
    }
}

/// Does a filter ask for one of these fields?
fn asks(filter: &Filter, names: &[&str]) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(|f| asks(f, names)),
        Filter::None(part) => asks(part, names),
        Filter::Exists { .. } => false,
        Filter::Field { field, .. } => names.contains(&field.as_str()),
    }
}

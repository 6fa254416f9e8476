//! Saved views: a list's filters, order and columns under a name, for oneself or for everybody.

use super::{
    ask::{Ask, Cond, ViewRef},
    bar,
};
use crate::{
    answer::{Answer, see_other},
    input::Fields,
    ui,
    visit::Visit,
};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_kernel::{Error, Filter, Result, Role};
use zhike_store::{Event, Query, RecordType, Row, Tx, binds};

/// A saved view that the reader may use.
#[derive(Clone, Debug)]
pub struct View {
    id: i64,
    name: String,
    user: Option<i64>,
    shared: bool,
    body: serde_json::Value,
    version: i64,
}

const COLUMNS: &str = "id, name, user_id, shared, body, version";

/// Kinds of the events that saved views leave behind, in the audit: they stand on the type of the list.
pub(super) const KINDS: [&str; 3] = ["view.created.v1", "view.changed.v1", "view.deleted.v1"];

async fn tell(visit: &Visit, tx: &Tx, ty: &RecordType, kind: &str, name: &str) -> Result<()> {
    let event = Event {
        kind: kind.to_owned(),
        record_type: ty.name,
        record: 0,
        note: Some(name.to_owned()),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await.map(|_| ())
}

fn read(row: &Row) -> Result<View> {
    Ok(View {
        id: row.int(0)?,
        name: row.text(1)?,
        user: row.opt_int(2)?,
        shared: row.bool(3)?,
        body: serde_json::from_str(&row.text(4)?).unwrap_or_default(),
        version: row.int(5)?,
    })
}

impl View {
    /// Fills in what the address leaves open. `f` holds filters as chips, `filter` a condition in the filter language.
    pub(super) fn apply(&self, ty: &RecordType, ask: &mut Ask) {
        let words = |key: &str| -> Option<Vec<String>> {
            let list = self.body.get(key)?.as_array()?;
            Some(list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
        };
        if let Some(filter) = self.body.get("filter").and_then(Filter::from_json) {
            ask.base = filter;
        }
        if ask.edited {
            return;
        }
        ask.conds = words("f")
            .unwrap_or_default()
            .iter()
            .filter_map(|c| Cond::parse(c))
            .collect();
        let mut pairs: Vec<(String, String)> = vec![];
        if let Some(sort) = self.body.get("sort").and_then(|s| s.as_str()) {
            pairs.push(("sort".into(), sort.to_owned()));
        }
        if let Some(columns) = words("columns") {
            pairs.push(("cols".into(), columns.join(",")));
        }
        let rest = Ask::read(ty, &Fields(pairs));
        (ask.sort, ask.columns) = (rest.sort, rest.columns);
        if ask.q.is_empty()
            && let Some(q) = self.body.get("q").and_then(|q| q.as_str())
        {
            ask.q = q.to_owned();
        }
    }

    fn mine(&self, visit: &Visit) -> bool {
        self.user.is_some() && self.user == visit.actor.user
            || matches!(visit.actor.role, Role::Administrator | Role::Manager)
    }
}

/// What is kept of a list.
fn body(ask: &Ask, base: Option<&serde_json::Value>) -> String {
    let sort = ask
        .sort
        .as_ref()
        .map(|(field, down)| format!("{}{field}", if *down { "-" } else { "" }));
    let mut json = serde_json::json!({"f": ask.conds.iter().map(Cond::write).collect::<Vec<_>>()});
    if let Some(map) = json.as_object_mut() {
        map.extend(sort.map(|s| ("sort".to_owned(), s.into())));
        map.extend(ask.columns.clone().map(|c| ("columns".to_owned(), c.into())));
        map.extend((!ask.q.is_empty()).then(|| ("q".to_owned(), ask.q.clone().into())));
        map.extend(base.map(|b| ("filter".to_owned(), b.clone())));
    }
    json.to_string()
}

/// Fills in what the address leaves open with a view that comes with the type. Its conditions become chips, where chips
/// can say them.
pub(super) fn apply_built_in(ty: &RecordType, key: &str, ask: &mut Ask) {
    let Some(view) = ty.views.iter().find(|v| v.key == key) else {
        return;
    };
    let parts: Vec<&Filter> = match &view.filter {
        Filter::All(parts) => parts.iter().collect(),
        one => vec![one],
    };
    let chips: Option<Vec<Cond>> = parts.into_iter().map(|part| Cond::of(ty, part)).collect();
    if chips.is_none() {
        ask.base = view.filter.clone();
    }
    if ask.edited {
        return;
    }
    ask.conds = chips.unwrap_or_default();
    ask.sort = view.sort.map(|(field, down)| (field.to_owned(), down));
    ask.columns = (!view.columns.is_empty()).then(|| view.columns.iter().map(|c| (*c).to_owned()).collect());
}

/// A view by id, if the reader may use it.
pub(super) async fn find(visit: &Visit, ty: &RecordType, id: i64) -> Result<Option<View>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM saved_view WHERE id = $1 AND record_type = $2 AND (user_id = $3 OR shared = $4)"
    );
    visit
        .db()
        .one(&sql, binds![id, ty.name, visit.actor.user.unwrap_or(0), true])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The views that the reader may use, as they stand behind one another.
async fn readable(visit: &Visit, ty: &RecordType) -> Result<Arc<Vec<View>>> {
    let (of, now) = ((ty.name, visit.actor.user.unwrap_or(0)), visit.now());
    if let Some(known) = visit.app.kept.views(of, now) {
        return Ok(known);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM saved_view WHERE record_type = $1 AND (user_id = $2 OR shared = $3) ORDER BY position, id LIMIT 40"
    );
    let rows = visit.db().all(&sql, binds![of.0, of.1, true]).await?;
    let views = Arc::new(rows.iter().map(read).collect::<Result<Vec<View>>>()?);
    visit.app.kept.keep_views(of, now, views.clone());
    Ok(views)
}

/// The views of a type as choices: what stands behind `view=`, and the name.
pub async fn choices(visit: &Visit, ty: &RecordType) -> Result<Vec<ui::Choice>> {
    let built_in = ty.views.iter().map(|v| {
        let words = visit.loc.t(&format!("{}-view-{}", ty.name, v.key));
        ui::Choice::new(v.key, words)
    });
    let saved = readable(visit, ty).await?;
    let saved = saved.iter().map(|v| ui::Choice::new(v.id.to_string(), v.name.clone()));
    Ok(built_in.chain(saved).collect())
}

/// The views as tabs, the first one being everything; with the dialog that saves.
pub(super) async fn tabs(visit: &Visit, ty: &RecordType, ask: &Ask, counted: &str) -> Result<Markup> {
    let loc = &visit.loc;
    let views = readable(visit, ty).await?;
    let active = match ask.view {
        Some(ViewRef::Saved(id)) => views.iter().find(|v| v.id == id),
        _ => None,
    };
    let built_in = |key: &'static str| ask.view == Some(ViewRef::BuiltIn(key));
    let none = active.is_none() && !ty.views.iter().any(|v| built_in(v.key));
    let offered = if ask.archived { &[][..] } else { &ty.views[..] };
    let all = if ask.archived {
        "records-archived"
    } else {
        "records-all"
    };
    let home = Ask {
        archived: ask.archived,
        ..Ask::default()
    };
    Ok(html! {
        nav.tabs.pad aria-label=(loc.t("records-views")) {
            a href=(home.link(ty, "")) aria-current=[none.then_some("page")] {
                (loc.t(all)) @if none { " " span.cnt { (counted) } }
            }
            @for view in offered {
                a href={ (ty.path) "?view=" (view.key) } aria-current=[built_in(view.key).then_some("page")] {
                    (loc.t(&format!("{}-view-{}", ty.name, view.key)))
                    @if built_in(view.key) { " " span.cnt { (counted) } }
                }
            }
            @for view in views.iter() {
                @let on = active.is_some_and(|a| a.id == view.id);
                a href={ (ty.path) "?view=" (view.id) } aria-current=[on.then_some("page")] {
                    @if view.shared { (ui::icon_class("users", "s")) }
                    (view.name)
                    @if on { " " span.cnt { (counted) } }
                }
            }
        }
        @if visit.may("view.own") { (dialog(visit, ty, ask, active)) }
    })
}

fn dialog(visit: &Visit, ty: &RecordType, ask: &Ask, active: Option<&View>) -> Markup {
    let loc = &visit.loc;
    let at = format!("{}/views", ty.path);
    let mine = active.filter(|v| v.mine(visit));
    ui::dialog(
        "save-view",
        &loc.t("records-view-save"),
        html! {
            form.stack.l method="post" action=(at) {
                (ui::hidden("query", &ask.changed(|_| {}).query()))
                (ui::Field::new("name", loc.t("records-view-name")).required(true).attr("maxlength", "80").text(active.map_or("", |v| v.name.as_str())))
                (ui::Field::new("shared", loc.t("records-view-shared")).switch(active.is_some_and(|v| v.shared)))
                div.btn-row {
                    (ui::btn(loc.t("records-view-new")).primary().submit())
                    @if let Some(view) = mine {
                        (ui::hidden("version", &view.version.to_string()))
                        (ui::btn(loc.t("records-view-update")).submit().attr("formaction", format!("{at}/{}", view.id)))
                        (ui::btn(loc.t("records-view-delete")).danger().submit().attr("formaction", format!("{at}/{}/delete", view.id)).flag("formnovalidate"))
                    }
                    (ui::btn(loc.t("web-cancel")).ghost().closes())
                }
            }
        },
    )
}

fn name_of(f: &Fields) -> Result<String> {
    let name: String = f.filled("name").unwrap_or("").chars().take(80).collect();
    if name.is_empty() {
        Err(Error::field("name", "error-required"))
    } else {
        Ok(name)
    }
}

/// Saves the list as it is under a new name.
pub async fn create(visit: Visit, name: &'static str, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    visit.require(&ty.permission("view"))?;
    let ask = bar::carried(&ty, &f);
    let base = match ask.view {
        Some(ViewRef::Saved(id)) => find(&visit, &ty, id).await?.and_then(|v| v.body.get("filter").cloned()),
        Some(ViewRef::BuiltIn(key)) => {
            let mut view = Ask::default();
            apply_built_in(&ty, key, &mut view);
            (!view.base.is_everything()).then(|| view.base.json())
        }
        None => None,
    };
    let tx = visit.ctx.begin().await?;
    let title = name_of(&f)?;
    let id = tx
        .insert(
            "INSERT INTO saved_view (record_type, name, user_id, shared, body, position, version) VALUES ($1,$2,$3,$4,$5,0,1) RETURNING id",
            binds![
                ty.name,
                title.as_str(),
                visit.actor.user,
                f.filled("shared").is_some(),
                body(&ask, base.as_ref())
            ],
        )
        .await?;
    tell(&visit, &tx, &ty, KINDS[0], &title).await?;
    tx.commit().await?;
    visit.app.kept.forget_views();
    see_other(&format!("{}?view={id}", ty.path))
}

async fn own(visit: &Visit, ty: &RecordType, id: &str) -> Result<View> {
    let view = find(visit, ty, super::id_of(id)?).await?.ok_or_else(Error::missing)?;
    if view.mine(visit) {
        Ok(view)
    } else {
        Err(Error::forbidden("view.own"))
    }
}

/// Gives a view another name, other eyes and the list as it is now.
pub async fn change(visit: Visit, name: &'static str, id: String, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let view = own(&visit, &ty, &id).await?;
    let ask = bar::carried(&ty, &f);
    let (title, version) = (name_of(&f)?, f.need_int("version")?);
    let tx = visit.ctx.begin().await?;
    let sql =
        "UPDATE saved_view SET name = $1, shared = $2, body = $3, version = version + 1 WHERE id = $4 AND version = $5";
    let binds = binds![
        title.as_str(),
        f.filled("shared").is_some(),
        body(&ask, view.body.get("filter")),
        view.id,
        version
    ];
    if tx.exec(sql, binds).await? != 1 {
        return Err(Error::stale().into());
    }
    tell(&visit, &tx, &ty, KINDS[1], &title).await?;
    tx.commit().await?;
    visit.app.kept.forget_views();
    see_other(&format!("{}?view={}", ty.path, view.id))
}

/// Takes a view away.
pub async fn delete(visit: Visit, name: &'static str, id: String, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let view = own(&visit, &ty, &id).await?;
    let version = f.need_int("version")?;
    let tx = visit.ctx.begin().await?;
    let sql = "DELETE FROM saved_view WHERE id = $1 AND version = $2";
    if tx.exec(sql, binds![view.id, version]).await? != 1 {
        return Err(Error::stale().into());
    }
    tell(&visit, &tx, &ty, KINDS[2], &view.name).await?;
    tx.commit().await?;
    visit.app.kept.forget_views();
    see_other(ty.path)
}

//! Values as people see them: a table cell, a plain word, a small table of related records.

use crate::{ui, visit::Visit};
use maud::{Markup, html};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Currency, Date, Filter, Op, Result, Stamp, Value, Values};
use zhike_store::{
    Field, FieldKind, List, RecordType, field::Storage, filter_sql::fixed, list, list::Line, read, write,
};

/// Names of users and of referred records, read once for a whole page.
#[derive(Clone, Debug, Default)]
pub struct Names {
    users: HashMap<i64, String>,
    refs: BTreeMap<&'static str, HashMap<i64, String>>,
}

impl Names {
    /// The name behind an id in a field.
    pub fn get(&self, field: &Field, id: i64) -> Option<&str> {
        match field.kind {
            FieldKind::User => self.users.get(&id),
            FieldKind::Ref(ty) => self.refs.get(ty).and_then(|names| names.get(&id)),
            _ => None,
        }
        .map(String::as_str)
        .filter(|name| !name.is_empty())
    }
    /// A user's name.
    pub fn user(&self, id: i64) -> Option<&str> {
        self.users.get(&id).map(String::as_str)
    }
}

/// The names that these rows of `ty` need: one query per type referred to.
pub async fn names(visit: &Visit, ty: &RecordType, rows: &[&Values]) -> Result<Names> {
    let mut names = Names::default();
    let mut wanted: BTreeMap<&'static str, Vec<i64>> = BTreeMap::new();
    let mut users = false;
    for field in &ty.fields {
        let ids = rows.iter().filter_map(|r| r.get(field.name)).filter_map(Value::int);
        match field.kind {
            FieldKind::User => users |= ids.count() > 0,
            FieldKind::Ref(of) => wanted.entry(of).or_default().extend(ids),
            _ => {}
        }
    }
    if users {
        names.users = visit.app.identity.names(visit.latin).await?;
    }
    for (of, ids) in wanted {
        names.refs.insert(
            of,
            read::titles(visit.db(), visit.registry(), of, &ids, visit.latin).await?,
        );
    }
    Ok(names)
}

/// A field by name, declared or one of those every record has.
pub fn field_of(ty: &RecordType, name: &str) -> Option<Field> {
    fixed(name).or_else(|| ty.field(name).cloned())
}

/// The label of a field.
pub fn label(visit: &Visit, ty: &RecordType, field: &str) -> String {
    visit.loc.t(&ty.label(field))
}

/// The words of a choice.
pub fn choice(visit: &Visit, ty: &RecordType, field: &Field, word: &str) -> String {
    let known = match field.kind {
        FieldKind::Choice(words) | FieldKind::Many(words) => words.contains(&word),
        _ => false,
    };
    // A word that is no longer declared (an old event) is shown as it is.
    if known {
        visit.loc.t(&format!("{}-{}-{word}", ty.name, field.name))
    } else {
        word.to_owned()
    }
}

/// The currency of a money field in a row.
pub fn currency(visit: &Visit, field: &Field, row: &Values) -> Currency {
    write::currency_for(&visit.ctx, field, |name| {
        row.get(name).and_then(Value::text).map(str::to_owned)
    })
}

/// Right-aligned in tables?
pub fn is_number(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::Int | FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate
    )
}

/// The name of a record: its title (in Latin letters for a reader who prefers them), else its number, else its id.
pub fn title(visit: &Visit, ty: &RecordType, id: i64, row: &Values) -> String {
    let text = |name: &str| row.get(name).and_then(Value::text).filter(|t| !t.is_empty());
    ty.latin()
        .filter(|_| visit.latin)
        .and_then(text)
        .or_else(|| text(ty.title))
        .or_else(|| text("number"))
        .map_or_else(|| format!("#{id}"), str::to_owned)
}

/// Is a value shown masked: to whoever may not see it, and a customer's number or mail address to everybody until asked for?
pub(super) fn masked(visit: &Visit, ty: &RecordType, field: &Field) -> bool {
    !visit.unmasks(field) || (field.is_contact() && ty.party == Some("id"))
}

/// What stands where a value is not for these eyes.
pub fn hidden(visit: &Visit) -> Markup {
    html! { span.dim title=(visit.loc.t("records-hidden-why")) { (visit.loc.t("records-hidden")) } }
}

/// A field of a row as the content of a table cell.
pub fn cell(visit: &Visit, ty: &RecordType, field: &Field, row: &Values, names: &Names) -> Markup {
    let loc = &visit.loc;
    let value = row.get(field.name).unwrap_or(&Value::Null);
    let words = || plain(visit, ty, field, row, names);
    match (value, field.kind) {
        _ if !visit.sees(field) => hidden(visit),
        _ if value.is_empty() => html! { span.dim { "—" } },
        (Value::Int(minor), FieldKind::Money { .. }) if ty.exact => {
            ui::money_full(loc, *minor, currency(visit, field, row))
        }
        (Value::Int(minor), FieldKind::Money { .. }) => ui::money(loc, *minor, currency(visit, field, row)),
        (Value::Int(milli), FieldKind::Quantity) => ui::qty(loc, *milli),
        (Value::Int(id), FieldKind::User) => {
            let name = words();
            html! { span.row { (ui::av(*id, &name, ui::Size::Small)) span { (name) } } }
        }
        (Value::Int(id), FieldKind::Ref(of)) => match visit.registry().get(of) {
            // Where the reader may not go there is a name, and no link.
            Ok(to) if to.pages && visit.may(&to.permission("view")) => {
                html! { a.link href=(to.url(*id)) { (words()) } }
            }
            _ => html! { (words()) },
        },
        (Value::Int(at), FieldKind::Stamp) => {
            html! { time.num title=(loc.stamp(Stamp(*at))) { (loc.relative(Stamp(*at), visit.now())) } }
        }
        (Value::Int(_), FieldKind::Int | FieldKind::Rate) => html! { span.num { (words()) } },
        (Value::Text(day), FieldKind::Date) => match day.parse::<Date>() {
            Ok(date) if usual(field, row).is_some() => paced(visit, date, usual(field, row).unwrap_or(0)),
            Ok(date) => html! { span.num title=(day) { (loc.date_short(date, visit.today())) } },
            Err(_) => html! { (day) },
        },
        (Value::Text(word), FieldKind::Choice(_)) => match (field.name, ui::Tier::parse(word)) {
            ("tier", Some(tier)) => ui::tier(loc, tier),
            ("grade" | "manual_grade", _) => ui::grade(word),
            ("status" | "state", _) => ui::badge(hue(word), &words()),
            _ => html! { (words()) },
        },
        (Value::Text(some), FieldKind::Many(_)) => html! {
            span.row.wrap { @for word in some.split(' ') { (ui::badge(ui::Hue::Grey, &choice(visit, ty, field, word))) } }
        },
        (Value::Text(row), _) if field.series => {
            let numbers: Vec<i64> = row.split(',').filter_map(|n| n.parse().ok()).collect();
            ui::spark(&label(visit, ty, field.name), &numbers)
        }
        (Value::Text(_), _) if masked(visit, ty, field) => {
            html! { span.num title=(loc.t("records-masked")) { (words()) } }
        }
        (Value::Text(mail), FieldKind::Email) => html! { a.link href={ "mailto:" (mail) } { (mail) } },
        (Value::Text(phone), FieldKind::Phone) => {
            let dialled: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            html! { a.num href={ "tel:" (dialled) } { (phone) } }
        }
        (Value::Text(url), FieldKind::Url) if url.starts_with("http://") || url.starts_with("https://") => html! {
            a.link href=(url) rel="noopener noreferrer" target="_blank" { (url.split_once("://").map_or(url.as_str(), |u| u.1)) }
        },
        (Value::Text(text), FieldKind::Long) => {
            html! { span.ell style="display:block;max-width:280px" title=(text) { (text) } }
        }
        (Value::Text(_), FieldKind::Number) => html! { span.num { (words()) } },
        _ => html! { (words()) },
    }
}

/// A field of a row in words, without any markup; empty when there is nothing.
pub fn plain(visit: &Visit, ty: &RecordType, field: &Field, row: &Values, names: &Names) -> String {
    let loc = &visit.loc;
    match (row.get(field.name).unwrap_or(&Value::Null), field.kind) {
        _ if !visit.sees(field) => loc.t("records-hidden"),
        (Value::Null, _) => String::new(),
        (Value::Int(minor), FieldKind::Money { .. }) => loc.money_full(*minor, currency(visit, field, row)),
        (Value::Int(milli), FieldKind::Quantity) => loc.qty(*milli),
        (Value::Int(ppm), FieldKind::Rate) => loc.percent_ppm(*ppm),
        (Value::Int(at), FieldKind::Stamp) => loc.stamp(Stamp(*at)),
        (Value::Int(id), FieldKind::User | FieldKind::Ref(_)) => {
            names.get(field, *id).map_or_else(|| format!("#{id}"), str::to_owned)
        }
        (Value::Int(i), _) => loc.int(*i),
        (Value::Bool(yes), _) => loc.t(if *yes { "records-yes" } else { "records-no" }),
        (Value::Text(word), FieldKind::Choice(_)) => choice(visit, ty, field, word),
        (Value::Text(some), FieldKind::Many(_)) => some
            .split(' ')
            .map(|word| choice(visit, ty, field, word))
            .collect::<Vec<_>>()
            .join(if loc.is_zh() { "、" } else { ", " }),
        (Value::Text(text), _) if masked(visit, ty, field) => field.mask(text),
        (Value::Text(text), FieldKind::Text) => coded(visit, ty, field, text),
        (Value::Text(text), _) => text.clone(),
    }
}

/// A text that is really a code of the former system (`dairy`) has words if a catalogue knows it.
pub fn coded(visit: &Visit, ty: &RecordType, field: &Field, text: &str) -> String {
    let code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let key = format!("{}-{}-{text}", ty.name, field.name);
    if !text.is_empty() && text.chars().all(code) && visit.loc.has(&key) {
        visit.loc.t(&key)
    } else if field.name == "unit" {
        visit.loc.unit(text)
    } else {
        text.to_owned()
    }
}

/// The usual number of days between two such days, where that is known.
fn usual(field: &Field, row: &Values) -> Option<i64> {
    row.get(field.pace?).and_then(Value::int).filter(|days| *days > 0)
}

/// How many days ago, and how many are usual: late from one and a half times on.
fn paced(visit: &Visit, day: Date, usual: i64) -> Markup {
    let loc = &visit.loc;
    let ago = i64::from(visit.today().since(day).map_or(0, |s| s.get_days()));
    let class = if ago > usual * 2 {
        "red"
    } else if ago * 2 > usual * 3 {
        "amber"
    } else {
        ""
    };
    let rest = loc.tv("records-of-days", &[("usual", usual.into())]);
    html! { span.num title=(day.to_string()) { b class={ "m " (class) } { (loc.int(ago)) } span.dim { " / " (rest) } } }
}

/// The colour of a state, by what its word means everywhere in the house.
pub fn hue(word: &str) -> ui::Hue {
    match word {
        "active" | "won" | "paid" | "delivered" | "done" | "approved" => ui::Hue::Green,
        "lost" | "rejected" | "failed" | "overdue" | "declined" | "terminated" => ui::Hue::Red,
        "open" | "confirmed" | "shipped" | "in_transit" | "running" | "sent" | "working" => ui::Hue::Blue,
        "accepted" | "satisfied" => ui::Hue::Jade,
        "dormant" | "waiting" | "approval" | "expired" | "told" => ui::Hue::Amber,
        _ => ui::Hue::Grey,
    }
}

/// A small list in a tab or card: the first column leads to the record.
pub fn table(visit: &Visit, ty: &RecordType, columns: &[&str], lines: &[Line], names: &Names) -> Markup {
    let fields: Vec<Field> = columns.iter().filter_map(|c| field_of(ty, c)).collect();
    html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr { @for f in &fields { th.r[is_number(f)] scope="col" { (label(visit, ty, f.name)) } } } }
            tbody data-rows {
                @for line in lines { tr {
                    @for (i, f) in fields.iter().enumerate() {
                        td.r[is_number(f)] {
                            @if i == 0 && ty.pages {
                                @let words = if f.name == ty.title { String::new() } else { plain(visit, ty, f, &line.values, names) };
                                a.link href=(ty.url(line.id)) { @if words.is_empty() { (title(visit, ty, line.id, &line.values)) } @else { (words) } }
                            } @else { (cell(visit, ty, f, &line.values, names)) }
                        }
                    }
                } }
            }
        } }
    }
}

/// The columns to read so that these may be shown: with the currencies of money fields, the usual pace of days, the
/// other name.
pub fn with_currencies(ty: &RecordType, columns: &mut Vec<String>) {
    let mut more: Vec<&str> = columns
        .iter()
        .filter_map(|c| ty.field(c))
        .filter_map(|field| match field.kind {
            FieldKind::Money { currency } => currency,
            _ => field.pace,
        })
        .collect();
    if columns.iter().any(|c| c == ty.title) {
        more.extend(ty.latin());
    }
    for name in more {
        if ty.field(name).is_some() && !columns.iter().any(|c| c == name) {
            columns.push(name.to_owned());
        }
    }
}

/// Records of another type that belong to what is shown, compact, with a link to the whole list: deals of a party,
/// orders of a party. Empty for those who may not see them.
pub async fn related(visit: &Visit, ty_name: &str, filter: Filter, columns: &[&str], limit: usize) -> Result<Markup> {
    let ty = visit.registry().get(ty_name)?.clone();
    if !visit.may(&ty.permission("view")) {
        return Ok(html! {});
    }
    let mut read: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    with_currencies(&ty, &mut read);
    let ask = List {
        filter,
        columns: read,
        limit,
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
    if page.lines.is_empty() {
        return Ok(html! { p.mut style="padding:14px" { (visit.loc.t("records-none-related")) } });
    }
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let names = names(visit, &ty, &rows).await?;
    let all = address(&ty, &ask.filter).filter(|_| ty.pages && page.next.is_some());
    Ok(html! {
        (table(visit, &ty, columns, &page.lines, &names))
        @if let Some(all) = all { p style="padding:10px 14px" { a.link href=(all) { (visit.loc.t("records-show-all")) } } }
    })
}

/// The address of the list with this filter, if it can be written as one.
pub fn address(ty: &RecordType, filter: &Filter) -> Option<String> {
    let parts: Vec<&Filter> = match filter {
        Filter::All(parts) => parts.iter().collect(),
        one => vec![one],
    };
    let mut query = vec![];
    for part in parts {
        let Filter::Field { field, op, values } = part else {
            return None;
        };
        let declared = field_of(ty, field)?;
        // Scaled numbers would need their decimals back; no tab asks for them.
        if declared.storage() == Storage::Int && is_number(&declared) && declared.kind != FieldKind::Int {
            return None;
        }
        let words: Vec<String> = values.iter().map(|v| declared.write(v, Currency::CNY)).collect();
        if *op != Op::In && words.len() > 1 {
            return None;
        }
        let cond = format!("{field}:{}:{}", op.name(), words.join(","));
        query.push(format!("f={}", crate::input::percent_encode(&cond)));
    }
    Some(if query.is_empty() {
        ty.path.to_owned()
    } else {
        format!("{}?{}", ty.path, query.join("&"))
    })
}

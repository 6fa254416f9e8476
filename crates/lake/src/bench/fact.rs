//! The facts as analyses know them: which columns there are, in which unit, who sees them. Amounts and quantities of returns are
//! negative here, so that a plain sum is right.

use super::{Bench, Sheet, Sight};
use zhike_kernel::{Error, Result};
use zhike_store::FieldKind;

/// A column of facts.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in queries; the label is `fact-{name}`.
    pub name: &'static str,
    /// What it is.
    pub kind: FieldKind,
    /// Permission without which it is not there.
    pub needs: Option<&'static str>,
    /// A field with the same words: type and name.
    pub like: Option<(&'static str, &'static str)>,
    sql: &'static str,
}

/// A table of facts.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// Its name in queries; the label is `fact-{name}`.
    pub name: &'static str,
    /// Who may look at it.
    pub permission: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    table: &'static str,
    /// Column with whoever owns a row, beside the customer's owner.
    owner: Option<&'static str>,
    money: bool,
}

const MONEY: FieldKind = FieldKind::Money { currency: None };
const PARTY: FieldKind = FieldKind::Ref("party");

const fn column(name: &'static str, kind: FieldKind, sql: &'static str) -> Column {
    Column {
        name,
        kind,
        needs: None,
        like: None,
        sql,
    }
}

const fn word(name: &'static str, of: (&'static str, &'static str), sql: &'static str) -> Column {
    Column {
        like: Some(of),
        ..column(name, FieldKind::Text, sql)
    }
}

/// What there is.
pub const FACTS: [Fact; 3] = [
    Fact {
        name: "order_line",
        permission: "order.view",
        table: "order_line",
        owner: Some("owner_id"),
        money: true,
        columns: &[
            column("line_id", FieldKind::Int, "o.line_id"),
            column("order_id", FieldKind::Ref("order"), "o.order_id"),
            column("party_id", PARTY, "o.party_id"),
            column("product_id", FieldKind::Ref("product"), "o.product_id"),
            column("category_id", FieldKind::Ref("category"), "o.category_id"),
            column("owner_id", FieldKind::User, "o.owner_id"),
            column("ordered_on", FieldKind::Date, "o.ordered_on"),
            word(
                "kind",
                ("order", "kind"),
                "CASE WHEN o.kind > 0 THEN 'sale' ELSE 'return' END",
            ),
            column(
                "orders",
                FieldKind::Int,
                "CAST(CASE WHEN o.kind > 0 THEN o.first ELSE 0 END AS BIGINT)",
            ),
            column("quantity", FieldKind::Quantity, "o.quantity_milli * o.kind"),
            column("net", MONEY, "o.net * o.kind"),
            column("discount", MONEY, "o.discount * o.kind"),
            Column {
                needs: Some("cost.view"),
                ..column("cost", MONEY, "CASE WHEN o.cost_known THEN o.cost * o.kind END")
            },
            column("freight", MONEY, "o.freight_share"),
        ],
    },
    Fact {
        name: "invoice_part",
        permission: "invoice.view",
        table: "payment_delay",
        owner: None,
        money: true,
        columns: &[
            column("invoice_id", FieldKind::Ref("invoice"), "o.invoice_id"),
            column("party_id", PARTY, "o.party_id"),
            column("amount", MONEY, "o.amount"),
            column("due_on", FieldKind::Date, "o.due_on"),
            column("paid_on", FieldKind::Date, "o.paid_on"),
            column("unpaid", FieldKind::Bool, "o.open"),
            column("days_late", FieldKind::Int, "CAST(o.paid_on - o.due_on AS BIGINT)"),
        ],
    },
    Fact {
        name: "service_use",
        permission: "service_use.view",
        table: "service_use",
        owner: None,
        money: false,
        columns: &[
            column("use_id", FieldKind::Ref("service_use"), "o.use_id"),
            column("party_id", PARTY, "o.party_id"),
            column("used_on", FieldKind::Date, "o.used_on"),
            word("kind", ("service_use", "kind"), "o.kind"),
            column("minutes", FieldKind::Int, "o.minutes"),
        ],
    },
];

/// Facts by name.
pub fn find(name: &str) -> Option<&'static Fact> {
    static ALL: [Fact; 3] = FACTS;
    ALL.iter().find(|f| f.name == name)
}

impl Fact {
    /// The columns that a reader sees.
    pub fn seen(&self, lacks: &[&str]) -> Vec<Column> {
        let there = |c: &&Column| c.needs.is_none_or(|p| !lacks.contains(&p));
        self.columns.iter().filter(there).copied().collect()
    }

    /// The rows that a reader sees, as a query: each column by the name it is given.
    pub(super) fn select(&self, sight: &Sight, columns: &[(Column, String)]) -> String {
        let read: Vec<String> = columns.iter().map(|(c, name)| format!("{} AS {name}", c.sql)).collect();
        let mut conditions = vec![];
        if self.money {
            // Only known codes come here; letters and nothing else reach the query.
            let code: String = sight.currency.chars().filter(char::is_ascii_alphabetic).collect();
            conditions.push(format!("o.currency = '{code}'"));
        }
        let mut join = "";
        if let Some(owners) = &sight.owners {
            join = " LEFT JOIN seen ON seen.id = o.party_id";
            let list: Vec<String> = owners.iter().map(i64::to_string).collect();
            conditions.push(match self.owner.filter(|_| !list.is_empty()) {
                Some(owner) => format!("(seen.id IS NOT NULL OR o.{owner} IN ({}))", list.join(",")),
                None => "seen.id IS NOT NULL".to_owned(),
            });
        }
        let place = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        format!("SELECT {} FROM {} o{join}{place}", read.join(", "), self.table)
    }
}

impl Bench {
    /// A table of facts, with the columns that the reader sees in their order.
    pub async fn fact(&self, name: &str) -> Result<Sheet> {
        let fact = find(name).ok_or_else(|| Error::invalid("error-analysis-source").with("name", name))?;
        let mut fields = vec![];
        let mut columns = vec![];
        for c in fact.seen(&self.sight.lacks) {
            let field = self.field(c.kind)?;
            columns.push((c, field.name.to_owned()));
            fields.push(field);
        }
        let frame = self.sql(&fact.select(&self.sight, &columns)).await?;
        Ok(Sheet { frame, fields })
    }
}

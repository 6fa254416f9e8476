//! How good the data are on which the analyses stand: each check counts what is bad, names the list where it can be mended, and
//! every analysis is judged by the checks it needs.

use crate::read::scope;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};
use zhike_value::quality::{Check, RULES, Verdict, verdicts};

/// A check with the list behind it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name and counts; the label is `proof-check-{name}`.
    pub check: Check,
    /// Where it can be mended.
    pub href: Option<String>,
}

/// What was found, and what it means for the analyses.
pub struct Report {
    /// The checks.
    pub checks: Vec<Found>,
    /// The analyses.
    pub verdicts: Vec<Verdict>,
}

/// How a table's rows are counted.
struct Ask {
    name: &'static str,
    from: &'static str,
    /// Which rows are looked at.
    of: &'static str,
    /// Which of them are bad.
    bad: &'static str,
    /// The alias of the party in `from`, when sight is by customer.
    party: Option<&'static str>,
    href: &'static str,
}

const PARTY: &str = "party_party t";
const CUSTOMER: &str =
    "t.archived_at IS NULL AND EXISTS (SELECT 1 FROM party_role r WHERE r.party_id = t.id AND r.role = 'customer')";
const ORDER: &str = "order_order o JOIN party_party t ON t.id = o.party_id";
const COUNTS: &str = "o.archived_at IS NULL AND o.status NOT IN ('draft', 'cancelled')";
const DEAL: &str = "sales_deal d JOIN sales_stage s ON s.id = d.stage_id LEFT JOIN party_party t ON t.id = d.party_id";
const INVOICE: &str = "billing_invoice i JOIN party_party t ON t.id = i.party_id";

fn asks() -> Vec<Ask> {
    let ask = |name, from, of, bad, party, href| Ask {
        name,
        from,
        of,
        bad,
        party,
        href,
    };
    let t = Some("t");
    vec![
        ask(
            "customer_owner",
            PARTY,
            CUSTOMER,
            "t.owner_id IS NULL",
            t,
            "/parties?f=owner_id:empty:",
        ),
        ask(
            "customer_contact",
            PARTY,
            CUSTOMER,
            "COALESCE(t.phone, '') = '' AND COALESCE(t.phone2, '') = '' AND COALESCE(t.email, '') = ''",
            t,
            "/parties?f=phone:empty:&f=phone2:empty:&f=email:empty:",
        ),
        ask(
            "customer_region",
            PARTY,
            CUSTOMER,
            "COALESCE(t.region, '') = ''",
            t,
            "/parties?f=region:empty:",
        ),
        ask(
            "duplicate_customers",
            PARTY,
            CUSTOMER,
            "EXISTS (SELECT 1 FROM party_party u WHERE u.name = t.name AND u.id <> t.id AND u.archived_at IS NULL)",
            t,
            "/parties/duplicates",
        ),
        ask(
            "line_cost",
            "order_line l JOIN order_order o ON o.id = l.order_id JOIN party_party t ON t.id = o.party_id",
            "o.archived_at IS NULL AND o.status NOT IN ('draft', 'cancelled') AND l.archived_at IS NULL",
            "l.cost IS NULL",
            t,
            "/value/products",
        ),
        ask(
            "order_customer",
            "order_order o LEFT JOIN party_party t ON t.id = o.party_id",
            COUNTS,
            "t.id IS NULL",
            None,
            "/orders",
        ),
        ask(
            "order_lines",
            ORDER,
            COUNTS,
            "NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id AND l.archived_at IS NULL)",
            t,
            "/orders",
        ),
        ask(
            "order_date",
            ORDER,
            COUNTS,
            "o.ordered_on > $1",
            t,
            "/orders?f=ordered_on:gt:{today}",
        ),
        ask(
            "order_currency",
            ORDER,
            COUNTS,
            "o.currency IS NULL OR o.currency <> $2",
            t,
            "/orders?f=currency:not:{currency}",
        ),
        ask(
            "invoice_due",
            INVOICE,
            "i.archived_at IS NULL AND i.status <> 'void'",
            "i.due_on IS NULL",
            t,
            "/invoices?f=due_on:empty:",
        ),
        ask(
            "deal_close_date",
            DEAL,
            "d.archived_at IS NULL AND s.kind = 'open'",
            "d.expected_on IS NULL",
            t,
            "/deals?f=expected_on:empty:",
        ),
        ask(
            "deal_stale",
            DEAL,
            "d.archived_at IS NULL AND s.kind = 'open' AND d.expected_on IS NOT NULL",
            "d.expected_on < $1",
            t,
            "/deals?f=expected_on:lt:{today}",
        ),
        ask(
            "deal_value",
            DEAL,
            "d.archived_at IS NULL",
            "d.amount IS NULL",
            t,
            "/deals?f=amount:empty:",
        ),
        ask(
            "deal_stage_history",
            DEAL,
            "d.archived_at IS NULL",
            "NOT EXISTS (SELECT 1 FROM sales_stage_move m WHERE m.deal_id = d.id)",
            t,
            "/deals",
        ),
        ask(
            "manual_rating",
            "insight_customer c JOIN party_party t ON t.id = c.party_id",
            "c.run_id IS NOT NULL",
            "c.manual_grade IS NULL",
            t,
            "/value/customers",
        ),
        ask(
            "rating_indicators",
            "insight_customer c JOIN party_party t ON t.id = c.party_id",
            "c.run_id IS NOT NULL",
            "c.growth IS NULL AND c.rhythm_days IS NULL AND c.delay IS NULL",
            t,
            "/value/customers",
        ),
        ask(
            "cost_to_serve",
            "insight_customer c JOIN party_party t ON t.id = c.party_id",
            "c.run_id IS NOT NULL",
            "c.service IS NULL OR c.service = 0",
            t,
            "/value/assumptions",
        ),
    ]
}

/// Runs all checks on what may be seen.
pub async fn report(ctx: &Ctx) -> Result<Report> {
    let today = ctx.today().to_string();
    let currency = ctx.house.currency.code().to_owned();
    let mut checks = vec![];
    for ask in asks() {
        let seen = match ask.party {
            Some(alias) => scope(ctx, alias)?,
            None => "1 = 1".to_owned(),
        };
        // Today and the house's currency stand in the text: only some checks ask for them.
        let bad = ask.bad.replace("$1", &quoted(&today)).replace("$2", &quoted(&currency));
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN {bad} THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*) FROM {} WHERE {} AND {seen}",
            ask.from, ask.of
        );
        let Some(row) = ctx.db().one(&sql, binds![]).await? else {
            continue;
        };
        checks.push(Found {
            check: Check {
                name: ask.name.to_owned(),
                bad: u64::try_from(row.int(0)?).unwrap_or(0),
                total: u64::try_from(row.int(1)?).unwrap_or(0),
            },
            href: Some(ask.href.replace("{today}", &today).replace("{currency}", &currency)),
        });
    }
    let plain: Vec<Check> = checks.iter().map(|f| f.check.clone()).collect();
    Ok(Report {
        verdicts: verdicts(&plain, RULES),
        checks,
    })
}

/// A day or a currency code as SQL text: digits, letters and dashes are all there can be in it.
fn quoted(word: &str) -> String {
    let kept: String = word
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    format!("'{kept}'")
}

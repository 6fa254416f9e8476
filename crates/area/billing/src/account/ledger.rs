//! Reading the ledger: one row per document, a second one with the other sign when it was made void or cancelled.

use zhike_kernel::{Currency, Date, Error, Result};
use zhike_store::{Query, binds};

/// Rows shown at once.
pub(super) const MOST: usize = 1_000;

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Invoice,
    Voided,
    Credit,
    CreditCancelled,
    WriteOff,
    WriteOffCancelled,
    Payment,
}

impl Kind {
    fn read(n: i64) -> Result<Kind> {
        Ok(match n {
            1 => Kind::Invoice,
            2 => Kind::Voided,
            3 => Kind::Credit,
            4 => Kind::CreditCancelled,
            5 => Kind::WriteOff,
            6 => Kind::WriteOffCancelled,
            7 => Kind::Payment,
            _ => return Err(Error::missing()),
        })
    }
    /// Word for programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Invoice => "invoice",
            Kind::Voided => "invoice_voided",
            Kind::Credit => "credit_note",
            Kind::CreditCancelled => "credit_note_cancelled",
            Kind::WriteOff => "write_off",
            Kind::WriteOffCancelled => "write_off_cancelled",
            Kind::Payment => "payment",
        }
    }
    /// Translation key.
    pub(super) fn key(self) -> &'static str {
        match self {
            Kind::Invoice => "account-invoice",
            Kind::Voided => "account-voided",
            Kind::Credit => "account-credit",
            Kind::CreditCancelled => "account-credit-cancelled",
            Kind::WriteOff => "account-write-off",
            Kind::WriteOffCancelled => "account-write-off-cancelled",
            Kind::Payment => "account-payment",
        }
    }
    /// Where its document is.
    pub(super) fn path(self) -> &'static str {
        match self {
            Kind::Invoice | Kind::Voided => "/invoices",
            Kind::Credit | Kind::CreditCancelled => "/credit-notes",
            Kind::WriteOff | Kind::WriteOffCancelled => "/write-offs",
            Kind::Payment => "/payments",
        }
    }
}

/// One row; what the customer owes more by it is above zero.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub day: String,
    pub kind: Kind,
    pub id: i64,
    pub number: String,
    pub amount: i64,
    pub balance: i64,
}

/// The ledger of a period.
pub(super) struct Account {
    pub currency: Currency,
    pub from: Date,
    pub until: Date,
    pub opening: i64,
    pub debit: i64,
    pub credit: i64,
    pub entries: Vec<Entry>,
    /// More rows than are shown.
    pub more: bool,
    /// Open invoices and what of payments is not allocated, over all time.
    pub open: i64,
    pub loose: i64,
}

impl Account {
    pub(super) fn closing(&self) -> i64 {
        self.opening + self.debit - self.credit
    }
}

/// All rows of a customer (`$1`) in a currency (`$2`).
fn rows() -> String {
    let of = "party_id = $1 AND currency = $2 AND archived_at IS NULL";
    // Taken back before it was issued: on the day it was issued.
    let later = |day: &str| format!("CASE WHEN {day} IS NULL OR {day} < issued_on THEN issued_on ELSE {day} END");
    let part = |day: &str, kind: i64, amount: &str, table: &str, more: &str| {
        format!(
            "SELECT {day} AS day, CAST({kind} AS BIGINT) AS kind, id, number, {amount} AS amount FROM {table} WHERE {of}{more}"
        )
    };
    let cancelled = " AND status = 'cancelled'";
    [
        part("issued_on", 1, "total", "billing_invoice", ""),
        part(
            &later("voided_on"),
            2,
            "-total",
            "billing_invoice",
            " AND status = 'void'",
        ),
        part("issued_on", 3, "-amount", "billing_credit_note", ""),
        part(&later("cancelled_on"), 4, "amount", "billing_credit_note", cancelled),
        part("issued_on", 5, "-amount", "billing_write_off", ""),
        part(&later("cancelled_on"), 6, "amount", "billing_write_off", cancelled),
        part("received_on", 7, "-amount", "billing_payment", ""),
    ]
    .join(" UNION ALL ")
}

/// The currencies in which a customer has documents.
pub(super) async fn currencies(q: &dyn Query, party: i64) -> Result<Vec<Currency>> {
    let sql = "SELECT currency FROM billing_invoice WHERE party_id = $1 AND archived_at IS NULL \
               UNION SELECT currency FROM billing_payment WHERE party_id = $2 AND archived_at IS NULL ORDER BY 1";
    let rows = q.all(sql, binds![party, party]).await?;
    let codes: Vec<String> = rows.iter().map(|r| r.text(0)).collect::<Result<_>>()?;
    Ok(codes.iter().filter_map(|c| Currency::parse(c)).collect())
}

/// The ledger of a customer.
pub(super) async fn read(q: &dyn Query, party: i64, currency: Currency, from: Date, until: Date) -> Result<Account> {
    let rows = rows();
    let sum = |when: &str| format!("CAST(COALESCE(SUM(CASE WHEN {when} THEN e.amount ELSE 0 END), 0) AS BIGINT)");
    let sql = format!(
        "SELECT {}, {}, {} FROM ({rows}) e",
        sum("e.day < $3"),
        sum("e.day >= $3 AND e.day <= $4 AND e.amount > 0"),
        sum("e.day >= $3 AND e.day <= $4 AND e.amount < 0"),
    );
    let days = (from.to_string(), until.to_string());
    let of = binds![party, currency.code(), days.0.as_str(), days.1.as_str()];
    let (opening, debit, credit) = match q.one(&sql, of.clone()).await? {
        Some(r) => (r.int(0)?, r.int(1)?, -r.int(2)?),
        None => (0, 0, 0),
    };
    let sql = format!(
        "SELECT e.day, e.kind, e.id, e.number, e.amount FROM ({rows}) e WHERE e.day >= $3 AND e.day <= $4 \
         ORDER BY e.day, e.kind, e.id LIMIT {}",
        MOST + 1
    );
    let mut entries = vec![];
    let mut balance = opening;
    for r in q.all(&sql, of).await? {
        let amount = r.int(4)?;
        balance += amount;
        entries.push(Entry {
            day: r.text(0)?,
            kind: Kind::read(r.int(1)?)?,
            id: r.int(2)?,
            number: r.text(3)?,
            amount,
            balance,
        });
    }
    let more = entries.len() > MOST;
    entries.truncate(MOST);
    let one = async |sql: &str| q.number(sql, binds![party, currency.code()]).await;
    let open = one("SELECT CAST(COALESCE(SUM(open), 0) AS BIGINT) FROM billing_invoice \
                    WHERE party_id = $1 AND currency = $2 AND status <> 'void' AND archived_at IS NULL");
    let open = open.await?;
    let loose = one(
        "SELECT CAST(COALESCE(SUM(unallocated), 0) AS BIGINT) FROM billing_payment \
                     WHERE party_id = $1 AND currency = $2 AND archived_at IS NULL",
    );
    Ok(Account {
        currency,
        from,
        until,
        opening,
        debit,
        credit,
        entries,
        more,
        open,
        loose: loose.await?,
    })
}

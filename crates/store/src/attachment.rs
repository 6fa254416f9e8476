//! Pictures, videos, documents and links on a record of any type. Files lie in the data folder by the hash of their
//! contents, so that the same file is kept once; this table says which record has which.

use crate::{Query, Tx, binds};
use zhike_kernel::Result;

/// One attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Id.
    pub id: i64,
    /// Type of the record it is on.
    pub record_type: String,
    /// The record.
    pub record: i64,
    /// `picture`, `video`, `document` or `link`.
    pub kind: String,
    /// Its name, as it was called.
    pub name: String,
    /// Content type that was recognised; empty for a link.
    pub media: String,
    /// Bytes.
    pub size: i64,
    /// Hash of the contents, in hex; empty for a link.
    pub hash: String,
    /// Address of a link.
    pub url: String,
}

/// What is new.
pub struct NewAttachment<'a> {
    /// Type of the record.
    pub record_type: &'a str,
    /// The record.
    pub record: i64,
    /// `picture`, `video`, `document` or `link`.
    pub kind: &'a str,
    /// Name.
    pub name: &'a str,
    /// Content type.
    pub media: &'a str,
    /// Bytes.
    pub size: i64,
    /// Hash.
    pub hash: &'a str,
    /// Address.
    pub url: &'a str,
    /// Who brings it.
    pub user: Option<i64>,
}

const COLUMNS: &str = "id, record_type, record_id, kind, name, media, size, hash, url";

fn read(row: &crate::Row) -> Result<Attachment> {
    Ok(Attachment {
        id: row.int(0)?,
        record_type: row.text(1)?,
        record: row.int(2)?,
        kind: row.text(3)?,
        name: row.text(4)?,
        media: row.text(5)?,
        size: row.int(6)?,
        hash: row.text(7)?,
        url: row.text(8)?,
    })
}

/// Enters one, behind the others; its id.
pub async fn add(tx: &Tx, new: &NewAttachment<'_>) -> Result<i64> {
    let sql = "INSERT INTO attachment (record_type, record_id, kind, name, media, size, hash, url, created_at, user_id, position) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,0) RETURNING id";
    let binds = binds![
        new.record_type,
        new.record,
        new.kind,
        new.name,
        new.media,
        new.size,
        new.hash,
        new.url,
        tx.at.0,
        new.user
    ];
    tx.number(sql, binds).await
}

/// Those of a record, the one that stands first at the head.
pub async fn of_record(q: &dyn Query, record_type: &str, record: i64) -> Result<Vec<Attachment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM attachment WHERE record_type = $1 AND record_id = $2 AND removed_at IS NULL ORDER BY position, id LIMIT 500"
    );
    q.all(&sql, binds![record_type, record])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Those of several records, each record's in the order of [`of_record`].
pub async fn of_records(q: &dyn Query, record_type: &str, records: &[i64]) -> Result<Vec<Attachment>> {
    let mut out = vec![];
    for chunk in records.chunks(500) {
        let list: Vec<String> = chunk.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM attachment WHERE record_type = $1 AND record_id IN ({}) AND removed_at IS NULL \
             ORDER BY record_id, position, id",
            list.join(",")
        );
        for row in q.all(&sql, binds![record_type]).await? {
            out.push(read(&row)?);
        }
    }
    Ok(out)
}

/// One, unless it was taken away.
pub async fn find(q: &dyn Query, id: i64) -> Result<Option<Attachment>> {
    let sql = format!("SELECT {COLUMNS} FROM attachment WHERE id = $1 AND removed_at IS NULL");
    q.one(&sql, binds![id]).await?.as_ref().map(read).transpose()
}

/// One that was taken away.
pub async fn find_removed(q: &dyn Query, id: i64) -> Result<Option<Attachment>> {
    let sql = format!("SELECT {COLUMNS} FROM attachment WHERE id = $1 AND removed_at IS NOT NULL");
    q.one(&sql, binds![id]).await?.as_ref().map(read).transpose()
}

/// Brings one back that was taken away.
pub async fn restore(tx: &Tx, id: i64) -> Result<()> {
    let sql = "UPDATE attachment SET removed_at = NULL WHERE id = $1";
    tx.exec(sql, binds![id]).await.map(|_| ())
}

/// Takes one away. The file stays: others may have the same.
pub async fn remove(tx: &Tx, id: i64) -> Result<()> {
    let sql = "UPDATE attachment SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL";
    tx.exec(sql, binds![tx.at.0, id]).await.map(|_| ())
}

/// Puts one at the head.
pub async fn first(tx: &Tx, one: &Attachment) -> Result<()> {
    let sql = "UPDATE attachment SET position = (SELECT MIN(o.position) - 1 FROM attachment o WHERE o.record_type = $1 AND o.record_id = $2) \
               WHERE id = $3";
    tx.exec(sql, binds![one.record_type.as_str(), one.record, one.id])
        .await
        .map(|_| ())
}

/// The first picture of each of some records: (record, attachment).
pub async fn pictures(q: &dyn Query, record_type: &str, records: &[i64]) -> Result<Vec<(i64, i64)>> {
    let mut out: Vec<(i64, i64)> = vec![];
    for chunk in records.chunks(500) {
        let list: Vec<String> = chunk.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT record_id, id FROM attachment WHERE record_type = $1 AND record_id IN ({}) AND kind = 'picture' AND removed_at IS NULL \
             ORDER BY record_id, position, id",
            list.join(",")
        );
        for row in q.all(&sql, binds![record_type]).await? {
            let record = row.int(0)?;
            if out.last().is_none_or(|l| l.0 != record) {
                out.push((record, row.int(1)?));
            }
        }
    }
    Ok(out)
}

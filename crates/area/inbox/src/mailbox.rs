//! A mailbox as it is set up, with its passwords, and how its folders stand.

use zhike_kernel::{Result, Stamp};
use zhike_mail::{Account, Person, Server, Tls};
use zhike_store::{Ctx, Query, Record, Tx, binds, read};

/// A mailbox that is in use.
pub(crate) struct Mailbox {
    pub id: i64,
    pub name: String,
    pub address: String,
    pub sender: String,
    pub server: Option<Server>,
    pub account: Option<Account>,
    pub folders: Vec<String>,
    pub since: Option<Stamp>,
    pub silent_hours: Option<i64>,
    /// Under which name the key for signatures lies; empty: nobody said.
    pub selector: String,
}

impl Mailbox {
    /// As letters name it.
    pub(crate) fn person(&self) -> Person {
        let name = if self.sender.is_empty() {
            &self.name
        } else {
            &self.sender
        };
        Person {
            name: name.clone(),
            address: self.address.clone(),
        }
    }
}

/// How a folder stands.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub id: i64,
    pub name: String,
    pub validity: i64,
    pub last_uid: i64,
    pub letters: i64,
    pub looked_at: Option<Stamp>,
    pub good_at: Option<Stamp>,
    pub came_at: Option<Stamp>,
    pub trouble: String,
    pub words: String,
}

/// Its passwords: for fetching, for sending.
pub(crate) async fn secrets(q: &dyn Query, id: i64) -> Result<(String, String)> {
    let row = q
        .one("SELECT imap, smtp FROM inbox_secret WHERE mailbox_id = $1", binds![id])
        .await?;
    row.map_or(Ok(Default::default()), |r| Ok((r.text(0)?, r.text(1)?)))
}

/// Keeps passwords; an empty one leaves what there was.
pub(crate) async fn set_secrets(tx: &Tx, id: i64, imap: &str, smtp: &str) -> Result<()> {
    let (old_imap, old_smtp) = secrets(tx, id).await?;
    let pick = |new: &str, old: String| if new.is_empty() { old } else { new.to_owned() };
    let sql = "INSERT INTO inbox_secret (mailbox_id, imap, smtp) VALUES ($1, $2, $3) \
               ON CONFLICT (mailbox_id) DO UPDATE SET imap = excluded.imap, smtp = excluded.smtp";
    tx.exec(sql, binds![id, pick(imap, old_imap), pick(smtp, old_smtp)])
        .await?;
    Ok(())
}

fn port(record: &Record, name: &str, usual: u16) -> u16 {
    record.int(name).and_then(|p| u16::try_from(p).ok()).unwrap_or(usual)
}

/// A mailbox out of its record.
pub(crate) async fn of(ctx: &Ctx, q: &dyn Query, record: &Record) -> Result<Mailbox> {
    let (imap, smtp) = secrets(q, record.id).await?;
    let host = |name: &str| Some(record.text(name).to_owned()).filter(|h| !h.is_empty());
    let mut folders: Vec<String> = record.text("folders").lines().map(|l| l.trim().to_owned()).collect();
    folders.retain(|f| !f.is_empty());
    if folders.is_empty() {
        folders.push("INBOX".into());
    }
    Ok(Mailbox {
        id: record.id,
        name: record.text("name").to_owned(),
        address: record.text("address").to_owned(),
        sender: record.text("sender").to_owned(),
        server: host("imap_host").map(|host| Server {
            host,
            port: port(record, "imap_port", 993),
            tls: Tls::of(record.text("imap_tls")),
            login: record.text("imap_login").to_owned(),
            password: imap,
        }),
        account: host("smtp_host").map(|host| Account {
            host,
            port: port(record, "smtp_port", 587),
            tls: Tls::of(record.text("smtp_tls")),
            login: host_login(record.text("smtp_login"), smtp),
        }),
        folders,
        since: record.date("since_on").map(|d| Stamp::start_of(d, &ctx.house.zone)),
        silent_hours: record.int("silent_hours"),
        selector: record.text("dkim_selector").to_owned(),
    })
}

fn host_login(name: &str, password: String) -> Option<(String, String)> {
    (!name.is_empty()).then(|| (name.to_owned(), password))
}

/// All that are in use.
pub(crate) async fn all(ctx: &Ctx) -> Result<Vec<Mailbox>> {
    let sql = "SELECT id FROM inbox_mailbox WHERE active AND archived_at IS NULL ORDER BY id";
    let rows = ctx.db().all(sql, vec![]).await?;
    let ids = rows.iter().map(|r| r.int(0)).collect::<Result<Vec<_>>>()?;
    some(ctx, &ids).await
}

/// These, by their ids.
pub(crate) async fn some(ctx: &Ctx, ids: &[i64]) -> Result<Vec<Mailbox>> {
    let ty = ctx.registry().get("mailbox")?.clone();
    let system = Ctx::system(&ctx.house, zhike_kernel::Door::Job);
    let mut out = vec![];
    for record in read::find_many(&system, ctx.db(), &ty, ids).await? {
        out.push(of(ctx, ctx.db(), &record).await?);
    }
    Ok(out)
}

/// Its folders as they stand.
pub(crate) async fn folders(q: &dyn Query, mailbox: i64) -> Result<Vec<Folder>> {
    let sql = "SELECT id, name, validity, last_uid, letters, looked_at, good_at, came_at, COALESCE(trouble,''), COALESCE(words,'') \
               FROM inbox_folder WHERE mailbox_id = $1 ORDER BY name";
    let rows = q.all(sql, binds![mailbox]).await?;
    rows.iter()
        .map(|r| {
            Ok(Folder {
                id: r.int(0)?,
                name: r.text(1)?,
                validity: r.int(2)?,
                last_uid: r.int(3)?,
                letters: r.int(4)?,
                looked_at: r.opt_int(5)?.map(Stamp),
                good_at: r.opt_int(6)?.map(Stamp),
                came_at: r.opt_int(7)?.map(Stamp),
                trouble: r.text(8)?,
                words: r.text(9)?,
            })
        })
        .collect()
}

//! Letters that other mail servers hand to us directly, by SMTP or LMTP, for the addresses of our mailboxes: no mailbox needs to be
//! fetched. Off until it is set up; only servers that are named are heard, unless everybody is.

use crate::{
    arrive::{self, Came},
    fetch, mailbox,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use zhike_kernel::{Door, Error, Result, error::FieldError, text::machines};
use zhike_mail::{Bounds, Desk, Found, Keys, NoKeys, Say, converse};
use zhike_store::{Ctx, Event, House, Query, binds, setting};

const NAME: &str = "mail_listener";
const STATE: &str = "mail_listener_state";
/// The name of the folder under which a mailbox counts such letters.
pub(crate) const FOLDER: &str = "SMTP";
/// Seconds between two looks at the settings.
const REVIEW: Duration = Duration::from_secs(5);
/// Connections at once, and of one address.
const MOST: usize = 100;
const MOST_OF_ONE: usize = 20;

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Is it on?
    pub on: bool,
    /// Where it listens.
    pub bind: String,
    /// Whose letters it takes: addresses of mail servers; `*` for everybody.
    pub peers: String,
    /// How it names itself.
    pub host: String,
    /// Files on this machine with its certificate and key; empty: it offers no STARTTLS.
    pub certificate: String,
    /// See above.
    pub key: String,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            on: false,
            bind: "127.0.0.1:2525".into(),
            peers: "127.0.0.1".into(),
            host: "zhike".into(),
            certificate: String::new(),
            key: String::new(),
            version: 0,
        }
    }
}

/// Everybody, or these.
fn peers(text: &str) -> Option<Option<Vec<IpAddr>>> {
    if text.trim() == "*" {
        return Some(None);
    }
    machines(text).filter(|l| !l.is_empty()).map(Some)
}

/// As they are kept.
pub(crate) async fn settings(q: &dyn Query) -> Result<Settings> {
    setting::read(q, NAME).await
}

/// Keeps them.
pub(crate) async fn keep(ctx: &Ctx, new: &Settings) -> Result<()> {
    ctx.require("mailbox.edit")?;
    if new.bind.parse::<SocketAddr>().is_err() {
        return Err(Error::field("bind", "error-mail-bind"));
    }
    if peers(&new.peers).is_none() {
        return Err(Error::field("peers", "error-mail-peers"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    if new.host.is_empty() || new.host.len() > 255 || !new.host.chars().all(plain) {
        return Err(Error::field("host", "error-mail-name"));
    }
    keys(new).map_err(|e| refused(&e))?;
    let tx = ctx.begin().await?;
    if settings(&tx).await?.version != new.version {
        return Err(Error::stale());
    }
    let kept = Settings {
        version: new.version + 1,
        ..new.clone()
    };
    setting::keep(&tx, NAME, &kept).await?;
    let event = Event {
        kind: "mailbox.listener_changed.v1".into(),
        record_type: "mailbox",
        note: Some(if new.on { new.bind.clone() } else { String::new() }),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

/// The keys of its settings; none when it offers no STARTTLS.
fn keys(s: &Settings) -> std::result::Result<Option<Keys>, NoKeys> {
    match (s.certificate.as_str(), s.key.as_str()) {
        ("", "") => Ok(None),
        (certificate, key) => Keys::read(certificate, key).map(Some),
    }
}

/// Which of the two files it is, and what is wrong with it.
fn refused(e: &NoKeys) -> Error {
    let (field, code, file, words) = match e {
        NoKeys::Certificate(file, words) => ("certificate", "error-mail-certificate", file.as_str(), words),
        NoKeys::Key(file, words) => ("key", "error-mail-key", file.as_str(), words),
        NoKeys::Pair(words) => ("key", "error-mail-pair", "", words),
    };
    Error::fields(vec![FieldError {
        field: field.into(),
        code,
        args: vec![("file", file.into()), ("words", words.as_str().into())],
    }])
}

/// When both files were changed last: a certificate is renewed every few weeks.
fn changed(s: &Settings) -> [Option<std::time::SystemTime>; 2] {
    [&s.certificate, &s.key].map(|f| std::fs::metadata(f).and_then(|m| m.modified()).ok())
}

/// Before words of trouble that are about the keys: it listens, but in the open.
pub(crate) const OPEN: &str = "tls: ";

/// Why it does not listen, or only in the open, in the machine's words; none: it does, or was not tried yet.
pub(crate) async fn trouble(q: &dyn Query) -> Result<Option<String>> {
    Ok(setting::get(q, STATE).await?.filter(|t| !t.is_empty()))
}

async fn told(ctx: &Ctx, words: &str) {
    let told = async {
        let tx = ctx.begin().await?;
        setting::set(&tx, STATE, words).await?;
        tx.commit().await
    };
    if let Err(e) = told.await {
        tracing::warn!(error = %e, "mail listener");
    }
}

/// Ids and addresses of mailboxes in use: asked for each address of each letter, so without their passwords.
async fn addresses(q: &dyn Query) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT id, address FROM inbox_mailbox WHERE active AND archived_at IS NULL ORDER BY id";
    let rows = q.all(sql, vec![]).await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.text(1)?.to_lowercase())))
        .collect()
}

/// The mailbox behind an address, without regard to case and to what follows a `+`; `postmaster` goes to any of the domain, as
/// RFC 5321 demands.
fn meant(mailboxes: &[(i64, String)], address: &str) -> Option<i64> {
    let address = address.trim().to_lowercase();
    let (local, domain) = address.rsplit_once('@')?;
    let local = local.split('+').next().unwrap_or(local);
    let plain = format!("{local}@{domain}");
    let exact = mailboxes.iter().find(|m| m.1 == plain);
    let of_domain = |m: &&(i64, String)| m.1.rsplit_once('@').is_some_and(|(_, d)| d == domain);
    let found = exact.or_else(|| mailboxes.iter().find(of_domain).filter(|_| local == "postmaster"));
    found.map(|m| m.0)
}

struct Post {
    ctx: Ctx,
}

impl Post {
    /// For all of them in one transaction: what is acknowledged is kept.
    async fn take(&self, to: &[String], letter: Vec<u8>) -> Result<Say> {
        let ctx = &self.ctx;
        let all = addresses(ctx.db()).await?;
        let ids: BTreeSet<i64> = to.iter().filter_map(|a| meant(&all, a)).collect();
        let mailboxes = mailbox::some(ctx, &ids.into_iter().collect::<Vec<_>>()).await?;
        if mailboxes.is_empty() {
            return Ok(Say::Unknown);
        }
        let found = Found {
            uid: 0,
            size: 0,
            came: None,
            bytes: letter,
            whole: true,
        };
        let arrival = arrive::unpack(ctx, found).await?;
        let tx = ctx.begin().await?;
        for mailbox in &mailboxes {
            let came = arrive::take(ctx, &tx, mailbox, &arrival).await?;
            if came == Came::Rubbish {
                return Ok(Say::NoLetter);
            }
            let folder = fetch::folder(&tx, mailbox.id, FOLDER).await?;
            let new = i64::from(matches!(came, Came::In(_)));
            let sql = "UPDATE inbox_folder SET letters = letters + $1, looked_at = $2, good_at = $2, came_at = $2 WHERE id = $3";
            tx.exec(sql, binds![new, tx.at.0, folder.id]).await?;
        }
        tx.commit().await?;
        Ok(Say::Yes)
    }
}

#[async_trait::async_trait]
impl Desk for Post {
    async fn knows(&self, address: &str) -> Say {
        match addresses(self.ctx.db()).await {
            Ok(all) if meant(&all, address).is_some() => Say::Yes,
            Ok(_) => Say::Unknown,
            Err(e) => {
                tracing::warn!(error = %e, "mail listener");
                Say::Later
            }
        }
    }
    async fn keep(&self, to: &[String], letter: Vec<u8>) -> Say {
        self.take(to, letter).await.unwrap_or_else(|e| {
            // The other server keeps it and comes again: nothing is lost while the database is away or the disk is full.
            tracing::warn!(error = %e, "mail listener");
            Say::Later
        })
    }
}

/// The listener, as long as the server is there.
pub(crate) struct Listen;

#[async_trait::async_trait]
impl zhike_jobs::Service for Listen {
    fn name(&self) -> &'static str {
        "inbox.listen"
    }
    async fn serve(&self, house: Arc<House>, mut stop: watch::Receiver<bool>) {
        let ctx = Ctx::system(&house, Door::Job);
        while !*stop.borrow() {
            let now = settings(ctx.db()).await.unwrap_or_else(|e| {
                tracing::warn!(error = %e, "mail listener");
                Settings::default()
            });
            if let (true, Ok(bind), Some(heard)) = (now.on, now.bind.parse::<SocketAddr>(), peers(&now.peers)) {
                match TcpListener::bind(bind).await {
                    Ok(listener) => {
                        // Without its keys it still takes letters: nobody's word is lost over a certificate.
                        let keys = match keys(&now) {
                            Ok(keys) => {
                                told(&ctx, "").await;
                                keys
                            }
                            Err(e) => {
                                told(&ctx, &format!("{OPEN}{e}")).await;
                                None
                            }
                        };
                        let door = Open {
                            heard: heard.as_deref(),
                            now: &now,
                            keys,
                        };
                        open(&ctx, &listener, &door, &mut stop).await;
                    }
                    Err(e) => told(&ctx, &e.to_string()).await,
                }
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(REVIEW) => {}
            }
        }
    }
}

/// How it stands open.
struct Open<'a> {
    heard: Option<&'a [IpAddr]>,
    now: &'a Settings,
    keys: Option<Keys>,
}

/// Takes connections until the settings change or the server stops; then what is under way breaks off, unacknowledged.
async fn open(ctx: &Ctx, listener: &TcpListener, door: &Open<'_>, stop: &mut watch::Receiver<bool>) {
    let (heard, now) = (door.heard, door.now);
    let files = changed(now);
    let mut talks: JoinSet<IpAddr> = JoinSet::new();
    let mut there: Vec<IpAddr> = vec![];
    let mut review = tokio::time::interval(REVIEW);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = review.tick() => {
                if changed(now) != files || settings(ctx.db()).await.is_ok_and(|s| s.version != now.version) {
                    return;
                }
            }
            Some(ended) = talks.join_next() => {
                if let Ok(peer) = ended && let Some(i) = there.iter().position(|p| *p == peer) {
                    there.swap_remove(i);
                }
            }
            came = listener.accept() => {
                let Ok((stream, peer)) = came else {
                    // Out of descriptors: it is not asked again at once.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                };
                let peer = peer.ip().to_canonical();
                let of_one = there.iter().filter(|p| **p == peer).count();
                if heard.is_some_and(|h| !h.contains(&peer)) || there.len() >= MOST || of_one >= MOST_OF_ONE {
                    continue;
                }
                there.push(peer);
                let (post, host, keys) = (Post { ctx: ctx.clone() }, now.host.clone(), door.keys.clone());
                talks.spawn(async move {
                    if let Err(e) = converse(stream, &post, &host, Bounds::default(), keys.as_ref()).await {
                        tracing::debug!(error = %e, "mail listener");
                    }
                    peer
                });
            }
        }
    }
}

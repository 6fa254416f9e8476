//! Fetching: what is new in each folder, taken in letter by letter; the state of each folder is kept and shown, and a mailbox
//! that has gone silent opens a task.

use crate::{
    arrive::{self, Came},
    mailbox::{self, Folder, Mailbox},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use zhike_contract::{NewTask, Tasks};
use zhike_kernel::{Door, Result, Stamp};
use zhike_mail::{Found, Server, Session, Status, Trouble};
use zhike_store::{Ctx, Event, House, Tx, binds};

/// Letters looked at in one go.
const AT_ONCE: usize = 200;
/// Seconds between two looks at a server that does not tell of new letters by itself.
const PAUSE: u64 = 60;
/// Seconds after which a connection that waits is made anew.
const WAIT: u64 = 9 * 60;
/// Seconds between two looks whether mailboxes were set up or changed.
const REVIEW: u64 = 15;

pub(crate) async fn folder(tx: &Tx, mailbox: i64, name: &str) -> Result<Folder> {
    let sql = "INSERT INTO inbox_folder (mailbox_id, name, validity, last_uid, letters) VALUES ($1, $2, 0, 0, 0) \
               ON CONFLICT (mailbox_id, name) DO NOTHING";
    tx.exec(sql, binds![mailbox, name]).await?;
    let all = mailbox::folders(tx, mailbox).await?;
    all.into_iter()
        .find(|f| f.name == name)
        .ok_or_else(zhike_kernel::Error::missing)
}

/// Takes one letter in and moves the folder on, both or neither.
async fn one(ctx: &Ctx, mailbox: &Mailbox, folder: i64, found: Found) -> Result<Came> {
    let uid = i64::from(found.uid);
    let old = mailbox.since.is_some_and(|s| found.came.is_some_and(|c| c < s.0));
    let arrival = match old {
        true => None,
        false => Some(arrive::unpack(ctx, found).await?),
    };
    let tx = ctx.begin().await?;
    let came = match &arrival {
        Some(arrival) => arrive::take(ctx, &tx, mailbox, arrival).await?,
        None => Came::Known,
    };
    let new = i64::from(matches!(came, Came::In(_)));
    let at = (new > 0).then_some(tx.at.0);
    let sql = "UPDATE inbox_folder SET last_uid = $1, letters = letters + $2, came_at = COALESCE($3, came_at) WHERE id = $4 AND last_uid < $5";
    tx.exec(sql, binds![uid, new, at, folder, uid]).await?;
    tx.commit().await?;
    Ok(came)
}

/// The folder as the server sees it now: numbers that lost their meaning begin anew (what is known stays known by its id).
async fn open(ctx: &Ctx, mailbox: &Mailbox, name: &str, status: Status) -> Result<Folder> {
    let tx = ctx.begin().await?;
    let mut seen = folder(&tx, mailbox.id, name).await?;
    if seen.validity != i64::from(status.validity) {
        seen.validity = i64::from(status.validity);
        seen.last_uid = 0;
        let sql = "UPDATE inbox_folder SET validity = $1, last_uid = 0 WHERE id = $2";
        tx.exec(sql, binds![seen.validity, seen.id]).await?;
    }
    tx.commit().await?;
    Ok(seen)
}

/// How a look at a folder went.
async fn told(ctx: &Ctx, mailbox: i64, name: &str, trouble: Option<&Trouble>) -> Result<()> {
    let tx = ctx.begin().await?;
    let seen = folder(&tx, mailbox, name).await?;
    let (word, words) = match trouble {
        Some(t) => (
            Some(t.word()),
            Some(t.to_string().chars().take(300).collect::<String>()),
        ),
        None => (None, None),
    };
    let good = trouble.is_none().then_some(tx.at.0);
    let sql = "UPDATE inbox_folder SET looked_at = $1, good_at = COALESCE($2, good_at), trouble = $3, words = $4 WHERE id = $5";
    tx.exec(sql, binds![tx.at.0, good, word.map(str::to_owned), words, seen.id])
        .await?;
    // One event when it breaks and one when it is well again, not one a minute.
    if trouble.is_some() == seen.trouble.is_empty() {
        let kind = if trouble.is_some() {
            "mailbox.failed.v1"
        } else {
            "mailbox.recovered.v1"
        };
        let event = Event {
            kind: kind.into(),
            record_type: "mailbox",
            record: mailbox,
            note: Some(name.to_owned()),
            ..Event::default()
        };
        tx.emit(ctx.registry().listeners(), event).await?;
    }
    tx.commit().await
}

async fn folder_news(ctx: &Ctx, session: &mut Session, mailbox: &Mailbox, name: &str) -> Result<usize, Failed> {
    let status = session.look(name).await?;
    let seen = open(ctx, mailbox, name, status).await?;
    let mut last = u32::try_from(seen.last_uid).unwrap_or(0);
    let mut new = 0;
    // The server says what number comes next: nothing above the last one, nothing to ask.
    while status.exists > 0 && (status.next == 0 || status.next > last.saturating_add(1)) {
        let list = session.above(last, AT_ONCE).await?;
        let Some((top, _)) = list.last().copied() else { break };
        for (uid, size) in list {
            if let Some(found) = session.take(uid, size).await? {
                new += usize::from(matches!(one(ctx, mailbox, seen.id, found).await?, Came::In(_)));
            }
        }
        last = top;
    }
    Ok(new)
}

/// The server failed, or we did.
enum Failed {
    Server(Trouble),
    Own(zhike_kernel::Error),
}
impl From<Trouble> for Failed {
    fn from(t: Trouble) -> Failed {
        Failed::Server(t)
    }
}
impl From<zhike_kernel::Error> for Failed {
    fn from(e: zhike_kernel::Error) -> Failed {
        Failed::Own(e)
    }
}

async fn all_folders(ctx: &Ctx, session: &mut Session, mailbox: &Mailbox) -> Result<usize, Failed> {
    let mut new = 0;
    for name in &mailbox.folders {
        match folder_news(ctx, session, mailbox, name).await {
            Ok(n) => {
                new += n;
                told(ctx, mailbox.id, name, None).await?;
            }
            // One folder that is not there does not hold up the others; a line that is cut does.
            Err(Failed::Server(Trouble::Broken(words))) if words.starts_with("no response") => {
                told(ctx, mailbox.id, name, Some(&Trouble::Broken(words))).await?;
            }
            Err(Failed::Server(t)) => {
                told(ctx, mailbox.id, name, Some(&t)).await?;
                return Err(t.into());
            }
            Err(e) => return Err(e),
        }
    }
    Ok(new)
}

/// Looks at a mailbox once; how many letters came. The folders tell what went wrong.
pub(crate) async fn look(ctx: &Ctx, mailbox: &Mailbox, server: &Server) -> Result<Result<usize, Trouble>> {
    let mut session = match Session::open(server).await {
        Ok(s) => s,
        Err(t) => {
            for name in &mailbox.folders {
                told(ctx, mailbox.id, name, Some(&t)).await?;
            }
            return Ok(Err(t));
        }
    };
    let ended = all_folders(ctx, &mut session, mailbox).await;
    session.close().await;
    match ended {
        Ok(n) => Ok(Ok(n)),
        Err(Failed::Server(t)) => Ok(Err(t)),
        Err(Failed::Own(e)) => Err(e),
    }
}

/// A mailbox from which nothing came for longer than it should: a task for whoever runs the house.
pub(crate) async fn silence(ctx: &Ctx, tasks: &dyn Tasks) -> Result<usize> {
    let now = ctx.now();
    let mut opened = 0;
    for mailbox in mailbox::all(ctx).await? {
        let Some(hours) = mailbox.silent_hours else { continue };
        let mut folders = mailbox::folders(ctx.db(), mailbox.id).await?;
        // Fetched no more: what was fetched once says nothing.
        folders.retain(|f| mailbox.server.is_some() || f.name == crate::listen::FOLDER);
        // A server that cannot be reached is silence of another kind: the last good look counts.
        let last = folders
            .iter()
            .filter_map(|f| f.came_at.max(f.good_at.filter(|_| f.letters == 0)))
            .max();
        let Some(last) = last.filter(|l| l.plus_seconds(hours * 3_600) < now) else {
            continue;
        };
        let tx = ctx.begin().await?;
        let task = NewTask {
            title: mailbox.name.clone(),
            kind: "mail_silent",
            party: None,
            record: Some(("mailbox", mailbox.id)),
            assignee: None,
            due: Some(ctx.today()),
            note: None,
            // The same silence is told once.
            key: Some(format!("mail_silent:{}:{}", mailbox.id, last.0)),
        };
        tasks.open(ctx, &tx, &task).await?;
        tx.commit().await?;
        opened += 1;
    }
    Ok(opened)
}

/// Keeps a connection to every mailbox and takes in what comes, until the server stops.
pub(crate) struct Watch;

#[allow(
    clippy::disallowed_methods,
    reason = "one task for each mailbox, as long as the server is there"
)]
#[async_trait::async_trait]
impl zhike_jobs::Service for Watch {
    fn name(&self) -> &'static str {
        "inbox.watch"
    }
    async fn serve(&self, house: Arc<House>, mut stop: watch::Receiver<bool>) {
        let ctx = Ctx::system(&house, Door::Job);
        let mut kept: Vec<(i64, String, tokio::task::JoinHandle<()>)> = vec![];
        loop {
            let mailboxes = mailbox::all(&ctx).await.unwrap_or_else(|e| {
                tracing::warn!(error = %e, "mailboxes cannot be read");
                vec![]
            });
            let now: Vec<(i64, String)> = mailboxes.iter().map(|m| (m.id, settings(m))).collect();
            // Gone or changed: its connection ends; a new one begins below.
            kept.retain(|(id, how, task)| {
                let stays = !task.is_finished() && now.iter().any(|(i, h)| i == id && h == how);
                if !stays {
                    task.abort();
                }
                stays
            });
            for mailbox in mailboxes {
                if mailbox.server.is_none() || kept.iter().any(|k| k.0 == mailbox.id) {
                    continue;
                }
                let how = settings(&mailbox);
                let ctx = ctx.clone();
                let id = mailbox.id;
                kept.push((id, how, tokio::spawn(async move { hold(&ctx, &mailbox).await })));
            }
            tokio::select! {
                _ = stop.changed() => break,
                () = tokio::time::sleep(Duration::from_secs(REVIEW)) => {}
            }
        }
        for (_, _, task) in kept {
            task.abort();
        }
    }
}

/// Everything that a connection is made of.
fn settings(m: &Mailbox) -> String {
    format!("{:?} {:?} {:?}", m.server, m.folders, m.since)
}

/// One mailbox, for ever: fetch, then wait for news or for the next look; after trouble with growing pauses.
async fn hold(ctx: &Ctx, mailbox: &Mailbox) {
    let Some(server) = mailbox.server.clone() else { return };
    let mut failed: u32 = 0;
    loop {
        match stay(ctx, mailbox, &server).await {
            Ok(()) => failed = 0,
            Err(Failed::Server(t)) => {
                failed += 1;
                tracing::info!(mailbox = %mailbox.address, error = %t, "mailbox");
            }
            Err(Failed::Own(e)) => {
                failed += 1;
                tracing::error!(mailbox = %mailbox.address, error = %e, "mailbox");
            }
        }
        let pause = if failed == 0 {
            1
        } else {
            (5 * 2_u64.saturating_pow(failed.min(7))).min(600)
        };
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

async fn stay(ctx: &Ctx, mailbox: &Mailbox, server: &Server) -> Result<(), Failed> {
    let mut session = match Session::open(server).await {
        Ok(s) => s,
        Err(t) => {
            for name in &mailbox.folders {
                told(ctx, mailbox.id, name, Some(&t)).await?;
            }
            return Err(t.into());
        }
    };
    loop {
        all_folders(ctx, &mut session, mailbox).await?;
        // News are told of the folder that is open: the first, which is the one that matters.
        let first = mailbox.folders.first().map_or("INBOX", String::as_str);
        if !session.tells() {
            tokio::time::sleep(Duration::from_secs(PAUSE)).await;
            continue;
        }
        let status = session.look(first).await?;
        let seen = open(ctx, mailbox, first, status).await?;
        if i64::from(status.next) > seen.last_uid + 1 && status.exists > 0 && status.next != 0 {
            continue;
        }
        let wait = if mailbox.folders.len() > 1 { PAUSE } else { WAIT };
        let (back, _) = session.wait(Duration::from_secs(wait)).await?;
        session = back;
    }
}

/// When anything last came.
pub(crate) fn last_word(folders: &[Folder]) -> Option<Stamp> {
    folders.iter().filter_map(|f| f.came_at).max()
}

//! Fetching by IMAP: what is new in a folder since the last look, without touching anything on the server.

use crate::{
    Tls, Trouble,
    link::{self, Line, late},
};
use async_imap::{
    error::Error as Imap,
    extensions::idle::IdleResponse,
    types::{Capability, NameAttribute},
};
use futures::TryStreamExt as _;
use std::time::Duration;

/// Where a mailbox lies.
#[derive(Clone, Debug)]
pub struct Server {
    /// Name of the machine.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made safe.
    pub tls: Tls,
    /// Name to sign in with.
    pub login: String,
    /// Its password.
    pub password: String,
}

/// A folder of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Box_ {
    /// Its name as the server writes it (modified UTF-7).
    pub name: String,
    /// Use of RFC 6154, as `sent`, `junk`, `trash`, `drafts`, `all`; empty for none.
    pub role: &'static str,
}

/// How a folder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Changes when the numbers of the letters lost their meaning.
    pub validity: u32,
    /// The number that the next letter gets; 0 when the server does not tell.
    pub next: u32,
    /// How many letters lie there.
    pub exists: u32,
}

/// A letter on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number in the folder.
    pub uid: u32,
    /// Its size.
    pub size: u32,
    /// When the server got it, in microseconds; none when it does not tell.
    pub came: Option<i64>,
    /// Its bytes; only the head when it is too large.
    pub bytes: Vec<u8>,
    /// Are these all of its bytes?
    pub whole: bool,
}

/// Signed in at a mail server.
pub struct Session {
    imap: async_imap::Session<Line>,
    idle: bool,
}

fn trouble(e: Imap) -> Trouble {
    match e {
        Imap::Io(e) if e.kind() == std::io::ErrorKind::TimedOut => Trouble::Late,
        other => Trouble::Broken(other.to_string()),
    }
}

impl Session {
    /// Connects and signs in.
    pub async fn open(server: &Server) -> Result<Session, Trouble> {
        let tcp: Line = Box::new(link::open(&server.host, server.port).await?);
        let line = match server.tls {
            Tls::Always => link::secure(tcp, &server.host).await?,
            Tls::Open | Tls::Starttls => tcp,
        };
        let mut client = async_imap::Client::new(line);
        let hello = late(client.read_response()).await?;
        if !matches!(hello, Ok(Some(_))) {
            return Err(Trouble::Broken("the server hung up without a greeting".into()));
        }
        if server.tls == Tls::Starttls {
            late(client.run_command_and_check_ok("STARTTLS", None))
                .await?
                .map_err(|e| Trouble::Unsafe(e.to_string()))?;
            client = async_imap::Client::new(link::secure(client.into_inner(), &server.host).await?);
        }
        let mut imap = match late(client.login(&server.login, &server.password)).await? {
            Ok(session) => session,
            Err((Imap::No(words) | Imap::Bad(words), _)) => return Err(Trouble::Refused(words)),
            Err((e, _)) => return Err(trouble(e)),
        };
        let able = late(imap.capabilities()).await?.map_err(trouble)?;
        let idle = able.has(&Capability::Atom("IDLE".into()));
        Ok(Session { imap, idle })
    }

    /// Does the server tell of new letters by itself?
    pub const fn tells(&self) -> bool {
        self.idle
    }

    /// Its folders that can hold letters.
    pub async fn folders(&mut self) -> Result<Vec<Box_>, Trouble> {
        let names = late(async { self.imap.list(None, Some("*")).await?.try_collect::<Vec<_>>().await })
            .await?
            .map_err(trouble)?;
        Ok(names
            .iter()
            .filter(|n| !n.attributes().contains(&NameAttribute::NoSelect))
            .map(|n| {
                let role = n.attributes().iter().find_map(|a| match a {
                    NameAttribute::Sent => Some("sent"),
                    NameAttribute::Junk => Some("junk"),
                    NameAttribute::Trash => Some("trash"),
                    NameAttribute::Drafts => Some("drafts"),
                    NameAttribute::All => Some("all"),
                    _ => None,
                });
                Box_ {
                    name: n.name().to_owned(),
                    role: role.unwrap_or(""),
                }
            })
            .collect())
    }

    /// Opens a folder for looking only.
    pub async fn look(&mut self, folder: &str) -> Result<Status, Trouble> {
        let found = late(self.imap.examine(folder)).await?.map_err(trouble)?;
        Ok(Status {
            validity: found.uid_validity.unwrap_or(0),
            next: found.uid_next.unwrap_or(0),
            exists: found.exists,
        })
    }

    /// Numbers and sizes of the letters above a number, the oldest first, at most `most`.
    pub async fn above(&mut self, uid: u32, most: usize) -> Result<Vec<(u32, u32)>, Trouble> {
        let range = format!("{}:*", uid.saturating_add(1));
        let list = late(async {
            let stream = self.imap.uid_fetch(range, "(UID RFC822.SIZE)").await?;
            stream.try_collect::<Vec<_>>().await
        })
        .await?
        .map_err(trouble)?;
        let mut out: Vec<(u32, u32)> = list
            .iter()
            .filter_map(|f| Some((f.uid?, f.size.unwrap_or(0))))
            // `n:*` names the last letter even when its number is lower.
            .filter(|(u, _)| *u > uid)
            .collect();
        out.sort_unstable();
        out.truncate(most);
        Ok(out)
    }

    /// A letter, or its head when it is larger than [`crate::MOST_BYTES`]. None when it was removed meanwhile.
    pub async fn take(&mut self, uid: u32, size: u32) -> Result<Option<Found>, Trouble> {
        let whole = usize::try_from(size).is_ok_and(|s| s <= crate::MOST_BYTES);
        let what = if whole {
            "(UID INTERNALDATE BODY.PEEK[])"
        } else {
            "(UID INTERNALDATE BODY.PEEK[HEADER])"
        };
        // A large letter over a slow line takes longer than an answer.
        let patience = Duration::from_secs(300);
        let work = async {
            let stream = self.imap.uid_fetch(uid.to_string(), what).await?;
            stream.try_collect::<Vec<_>>().await
        };
        let list = tokio::time::timeout(patience, work)
            .await
            .map_err(|_| Trouble::Late)?
            .map_err(trouble)?;
        Ok(list.into_iter().find(|f| f.uid == Some(uid)).and_then(|f| {
            let bytes = if whole { f.body() } else { f.header() }?.to_vec();
            Some(Found {
                uid,
                size,
                came: f.internal_date().map(|d| d.timestamp_micros()),
                bytes,
                whole,
            })
        }))
    }

    /// Waits until the server tells of something new in the folder that is open, or until the time is over. True for news.
    pub async fn wait(self, most: Duration) -> Result<(Session, bool), Trouble> {
        let tells = self.idle;
        let mut handle = self.imap.idle();
        late(handle.init()).await?.map_err(trouble)?;
        let (news, stop) = handle.wait_with_timeout(most);
        let answer = news.await.map_err(trouble)?;
        drop(stop);
        let imap = late(handle.done()).await?.map_err(trouble)?;
        let session = Session { imap, idle: tells };
        Ok((session, matches!(answer, IdleResponse::NewData(_))))
    }

    /// Puts a copy of what we sent into a folder.
    pub async fn keep(&mut self, folder: &str, bytes: &[u8]) -> Result<(), Trouble> {
        late(self.imap.append(folder, Some("(\\Seen)"), None, bytes))
            .await?
            .map_err(trouble)
    }

    /// Says good-bye.
    pub async fn close(mut self) {
        // Whoever leaves need not wait for an answer long.
        let _ = tokio::time::timeout(Duration::from_secs(3), self.imap.logout()).await;
    }
}

//! Handing letters over by SMTP. A line to a server is kept for the letters that follow, and closed when none came for a while.
//!
//! No letter goes twice: one is said anew on a fresh line only if the old one broke before the letter had been handed over
//! whole. A line that breaks later leaves it unsure.

use crate::{Account, Out, Sent, Tls, Trouble, link::late};
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// A line without letters for so long is closed.
const IDLE: Duration = Duration::from_secs(10);
/// So many letters go on one line: some servers want no more.
const MOST: usize = 100;
/// Time for the answer to a whole letter; whoever carries it has a lease that lasts longer.
const WHOLE: Duration = Duration::from_secs(45);

struct Line {
    smtp: AsyncSmtpConnection,
    carried: usize,
}

struct Kept {
    account: Account,
    line: Line,
    since: Instant,
}

#[derive(Default)]
struct Lines {
    kept: Vec<Kept>,
    sweeping: bool,
}

/// Lines to the servers by which letters go.
#[derive(Clone, Default)]
pub struct Post(Arc<Mutex<Lines>>);

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Post")
    }
}

/// How a letter fared on a line.
enum Fared {
    /// The server answered; may the line carry the next one?
    Ended(Sent, bool),
    /// The server refuses us, or the line broke, before the letter was on it.
    Failed(Trouble),
    /// The line had ended before anything of this letter was said.
    Stale(Trouble),
}

fn words(e: &Error) -> String {
    std::error::Error::source(e).map_or_else(|| e.to_string(), |s| format!("{e}: {s}"))
}

/// What an error means that is no answer of the server.
fn trouble(account: &Account, e: &Error) -> Trouble {
    if e.is_tls() {
        Trouble::Unsafe(words(e))
    } else if e.is_timeout() {
        Trouble::Late
    } else {
        Trouble::Unreachable(format!("{}:{}", account.host, account.port), words(e))
    }
}

/// The server's refusal of a letter; of us it is trouble: the letter waits until somebody mends the settings.
fn refusal(e: &Error) -> Result<Sent, Trouble> {
    let code = e.status().map(|c| c.to_string()).unwrap_or_default();
    match code.as_str() {
        "530" | "534" | "535" | "538" => Err(Trouble::Refused(words(e))),
        _ if e.is_permanent() => Ok(Sent::Never(words(e))),
        _ => Ok(Sent::Later(words(e))),
    }
}

/// The server is about to hang up.
fn leaves(e: &Error) -> bool {
    e.status().is_some_and(|c| c.to_string() == "421")
}

impl Line {
    async fn open(account: &Account) -> Result<Line, Trouble> {
        let name = ClientId::default();
        let safe = || TlsParameters::new(account.host.clone()).map_err(|e| Trouble::Unsafe(e.to_string()));
        let first = match account.tls {
            Tls::Always => Some(safe()?),
            Tls::Starttls | Tls::Open => None,
        };
        let at = (account.host.as_str(), account.port);
        let wait = Some(Duration::from_secs(30));
        let made = late(AsyncSmtpConnection::connect_tokio1(at, wait, &name, first, None)).await?;
        let mut smtp = made.map_err(|e| trouble(account, &e))?;
        if account.tls == Tls::Starttls {
            if !smtp.can_starttls() {
                smtp.abort().await;
                return Err(Trouble::Unsafe("the server offers no STARTTLS".into()));
            }
            late(smtp.starttls(safe()?, &name))
                .await?
                .map_err(|e| Trouble::Unsafe(words(&e)))?;
        }
        if let Some((user, password)) = &account.login {
            let who = Credentials::new(user.clone(), password.clone());
            let said = late(smtp.auth(DEFAULT_MECHANISMS, &who)).await?;
            if let Err(e) = said {
                smtp.abort().await;
                return Err(match e.status() {
                    Some(_) if e.is_permanent() => Trouble::Refused(words(&e)),
                    Some(_) => Trouble::Broken(words(&e)),
                    None if e.is_client() => Trouble::Refused(words(&e)),
                    None => trouble(account, &e),
                });
            }
        }
        Ok(Line { smtp, carried: 0 })
    }

    async fn say(&mut self, command: impl fmt::Display) -> Result<Result<Response, Error>, Trouble> {
        late(self.smtp.command(command)).await
    }

    /// The server refused something of this letter: the next one begins anew.
    async fn refused(&mut self, e: &Error) -> Fared {
        let clean = !leaves(e) && matches!(self.say(Rset).await, Ok(Ok(_)));
        match refusal(e) {
            Ok(sent) => Fared::Ended(sent, clean),
            Err(trouble) => Fared::Failed(trouble),
        }
    }

    /// Says the letter.
    async fn hand(&mut self, account: &Account, envelope: &Envelope, letter: &[u8]) -> Fared {
        let offers = |smtp: &AsyncSmtpConnection, what| smtp.server_info().supports_feature(what);
        let mut with = vec![];
        let plain = |a: &lettre::Address| AsRef::<str>::as_ref(a).is_ascii();
        if !envelope.to().iter().chain(envelope.from()).all(plain) {
            if !offers(&self.smtp, Extension::SmtpUtfEight) {
                let words = "the server takes no addresses beyond ASCII (SMTPUTF8)";
                return Fared::Ended(Sent::Never(words.into()), true);
            }
            with.push(MailParameter::SmtpUtfEight);
        }
        if !letter.is_ascii() {
            if !offers(&self.smtp, Extension::EightBitMime) {
                return Fared::Ended(Sent::Never("the server takes no 8BITMIME".into()), true);
            }
            with.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let fresh = self.carried == 0;
        match self.say(Mail::new(envelope.from().cloned(), with)).await {
            Ok(Ok(_)) => {}
            Ok(Err(e)) if e.status().is_some() && (fresh || !leaves(&e)) => return self.refused(&e).await,
            Ok(Err(e)) if fresh => return Fared::Failed(trouble(account, &e)),
            Ok(Err(e)) => return Fared::Stale(trouble(account, &e)),
            Err(t) if fresh => return Fared::Failed(t),
            Err(t) => return Fared::Stale(t),
        }
        for to in envelope.to() {
            match self.say(Rcpt::new(to.clone(), vec![])).await {
                Ok(Ok(_)) => {}
                Ok(Err(e)) if e.status().is_some() => return self.refused(&e).await,
                Ok(Err(e)) => return Fared::Failed(trouble(account, &e)),
                Err(t) => return Fared::Failed(t),
            }
        }
        match self.say(Data).await {
            Ok(Ok(_)) => {}
            Ok(Err(e)) if e.status().is_some() => return self.refused(&e).await,
            Ok(Err(e)) => return Fared::Failed(trouble(account, &e)),
            Err(t) => return Fared::Failed(t),
        }
        self.whole(account, letter).await
    }

    /// The letter itself. Until its last piece is on the line the server cannot have it.
    async fn whole(&mut self, account: &Account, letter: &[u8]) -> Fared {
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let told = done.clone();
        let mut pieces = letter.chunks(64 * 1024);
        let pieces = std::iter::from_fn(move || {
            let next = pieces.next();
            // The end is asked for just before the closing dot is written.
            told.store(next.is_none(), std::sync::atomic::Ordering::SeqCst);
            next
        });
        let answer = timeout(WHOLE, self.smtp.message_iter(pieces)).await;
        self.carried += 1;
        let gone = done.load(std::sync::atomic::Ordering::SeqCst);
        match answer {
            Ok(Ok(answer)) => Fared::Ended(Sent::Gone(answer.message().collect::<Vec<_>>().join(" ")), true),
            Ok(Err(e)) if e.status().is_some() => match refusal(&e) {
                Ok(sent) => Fared::Ended(sent, !leaves(&e)),
                Err(t) => Fared::Failed(t),
            },
            Ok(Err(e)) if gone => Fared::Ended(Sent::Unsure(words(&e)), false),
            Ok(Err(e)) => Fared::Failed(trouble(account, &e)),
            Err(_) if gone => Fared::Ended(Sent::Unsure("no answer in time".into()), false),
            Err(_) => Fared::Failed(Trouble::Late),
        }
    }

    async fn close(mut self) {
        let _ = timeout(Duration::from_secs(5), self.smtp.abort()).await;
    }
}

impl Post {
    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line to this server that is free.
    fn free(&self, account: &Account) -> Option<Line> {
        let mut lines = self.lines();
        let fresh = |k: &Kept| k.account == *account && k.since.elapsed() < IDLE;
        let at = lines.kept.iter().rposition(fresh)?;
        Some(lines.kept.swap_remove(at).line)
    }

    /// Keeps a line for the next letter.
    #[allow(
        clippy::disallowed_methods,
        reason = "it closes lines and ends with them; nothing is lost with it"
    )]
    fn keep(&self, account: &Account, line: Line) {
        let mut lines = self.lines();
        lines.kept.push(Kept {
            account: account.clone(),
            line,
            since: Instant::now(),
        });
        if !std::mem::replace(&mut lines.sweeping, true) {
            tokio::spawn(sweep(self.clone()));
        }
    }

    /// Hands a letter over.
    ///
    /// # Errors
    /// The server is not reached, not safe, or refuses us: the letter has not gone.
    pub async fn send(&self, account: &Account, out: &Out) -> Result<Sent, Trouble> {
        let message = match out.message() {
            Ok(m) => m,
            Err(words) => return Ok(Sent::Never(words)),
        };
        let (envelope, letter) = (message.envelope().clone(), message.formatted());
        if let Some(mut line) = self.free(account) {
            match line.hand(account, &envelope, &letter).await {
                Fared::Stale(_) => {}
                fared => return self.after(account, line, fared).await,
            }
        }
        let mut line = Line::open(account).await?;
        let fared = line.hand(account, &envelope, &letter).await;
        self.after(account, line, fared).await
    }

    async fn after(&self, account: &Account, line: Line, fared: Fared) -> Result<Sent, Trouble> {
        match fared {
            Fared::Ended(sent, true) if line.carried < MOST => {
                self.keep(account, line);
                Ok(sent)
            }
            Fared::Ended(sent, true) => {
                line.close().await;
                Ok(sent)
            }
            Fared::Ended(sent, false) => Ok(sent),
            Fared::Failed(t) | Fared::Stale(t) => Err(t),
        }
    }
}

/// Closes lines that nobody needs, as long as there are any.
async fn sweep(post: Post) {
    loop {
        tokio::time::sleep(IDLE / 2).await;
        let old: Vec<Kept> = {
            let mut lines = post.lines();
            let (old, stay): (Vec<Kept>, Vec<Kept>) = lines.kept.drain(..).partition(|k| k.since.elapsed() >= IDLE);
            lines.kept = stay;
            if lines.kept.is_empty() {
                lines.sweeping = false;
            }
            old
        };
        for kept in old {
            kept.line.close().await;
        }
        if !post.lines().sweeping {
            return;
        }
    }
}

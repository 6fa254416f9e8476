//! Taking letters from other mail servers, by SMTP (RFC 5321) or LMTP (RFC 2033), for the house's own addresses and never onward.
//! A letter is acknowledged only after whoever keeps it said that it is kept; everything that a stranger may send is bounded.

use crate::{Keys, link::Line};
use async_trait::async_trait;
use smtp_proto::{
    Error as Wrong, Request,
    request::receiver::{DataReceiver, DummyDataReceiver, RequestReceiver},
};
use std::{fmt, io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

/// What the house says to an address or to a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Yes: the address is ours, the letter is kept.
    Yes,
    /// For good: there is no such address.
    Unknown,
    /// For good: this is no letter.
    NoLetter,
    /// Not now; the other server keeps it and comes again.
    Later,
}

/// Who keeps the letters.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Is this address one of ours? It is as the other server wrote it.
    async fn knows(&self, address: &str) -> Say;
    /// Keeps a letter for these addresses: for all or for none.
    async fn keep(&self, to: &[String], letter: Vec<u8>) -> Say;
}

/// How much a stranger may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of a letter.
    pub bytes: usize,
    /// Addresses of a letter.
    pub addresses: usize,
    /// Commands that are wrong or refused, until the connection is closed.
    pub wrong: usize,
    /// How long silence is borne.
    pub silence: Duration,
    /// How long one connection may last.
    pub whole: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            bytes: crate::MOST_BYTES,
            addresses: 100,
            wrong: 20,
            silence: Duration::from_secs(300),
            whole: Duration::from_secs(3_600),
        }
    }
}

/// Servers through which a letter may have gone, before it is taken to run in a circle (RFC 5321 §6.3).
const MOST_HOPS: usize = 100;

const BAD_ORDER: &str = "503 5.5.1 Bad sequence of commands";

/// What comes next from the other side.
enum Phase {
    Command,
    Letter(DataReceiver, Vec<u8>),
    /// Too large: read to its end and thrown away.
    TooLarge(DummyDataReceiver),
}

struct Talk<'a> {
    desk: &'a dyn Desk,
    name: &'a str,
    bounds: Bounds,
    /// None before the greeting; is it LMTP?
    lmtp: Option<bool>,
    from: Option<String>,
    to: Vec<String>,
    wrong: usize,
    out: Vec<u8>,
    over: bool,
    /// Can it be made safe? Not any more once it is.
    safe: bool,
    /// It was agreed upon: the next byte belongs to the handshake.
    shake: bool,
}

impl Talk<'_> {
    fn say(&mut self, line: &str) {
        if line.starts_with('5') {
            self.wrong += 1;
        }
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }
    fn anew(&mut self) {
        self.from = None;
        self.to.clear();
    }
    fn bye(&mut self, line: &str) {
        self.say(line);
        self.over = true;
    }
    /// LMTP answers once for each address, SMTP once for all.
    fn end(&mut self, line: &str) {
        let times = if self.lmtp == Some(true) { self.to.len() } else { 1 };
        for _ in 0..times {
            self.say(line);
        }
        self.anew();
    }
    fn greet(&mut self, lmtp: bool) {
        self.anew();
        self.lmtp = Some(lmtp);
        let (name, bytes) = (self.name, self.bounds.bytes);
        let safe = if self.safe { "250-STARTTLS\r\n" } else { "" };
        self.say(&format!(
            "250-{name}\r\n250-PIPELINING\r\n250-SIZE {bytes}\r\n{safe}250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES"
        ));
    }

    async fn command(&mut self, request: Request<String>) -> Option<Phase> {
        match request {
            Request::Ehlo { .. } => self.greet(false),
            Request::Lhlo { .. } => self.greet(true),
            Request::Helo { .. } => {
                self.anew();
                self.lmtp = Some(false);
                self.say(&format!("250 {}", self.name));
            }
            Request::Mail { from } => match (self.lmtp, &self.from) {
                (None, _) | (_, Some(_)) => self.say(BAD_ORDER),
                _ if from.size > self.bounds.bytes => self.say("552 5.3.4 Letter too large"),
                _ => {
                    self.from = Some(from.address);
                    self.say("250 2.1.0 Ok");
                }
            },
            Request::Rcpt { to } => self.address(to.address).await,
            Request::Data if self.to.is_empty() => self.say(BAD_ORDER),
            Request::Data => {
                self.say("354 End with <CR><LF>.<CR><LF>");
                return Some(Phase::Letter(DataReceiver::new(), vec![]));
            }
            Request::Rset => {
                self.anew();
                self.say("250 2.0.0 Ok");
            }
            Request::StartTls if !self.safe => self.say("502 5.5.1 Not offered"),
            // Between letters only (RFC 3207 §4).
            Request::StartTls if self.from.is_some() => self.say(BAD_ORDER),
            Request::StartTls => {
                self.say("220 2.0.0 Ready");
                self.shake = true;
            }
            Request::Noop { .. } => self.say("250 2.0.0 Ok"),
            Request::Quit => self.bye("221 2.0.0 Bye"),
            // Whether somebody is here is told to nobody who brings no letter.
            Request::Vrfy { .. } => self.say("252 2.5.2 Send some mail"),
            _ => self.say("502 5.5.1 Not offered"),
        }
        None
    }

    async fn address(&mut self, address: String) {
        if self.from.is_none() {
            return self.say(BAD_ORDER);
        }
        if self.to.len() >= self.bounds.addresses {
            return self.say("452 4.5.3 Too many recipients");
        }
        match self.desk.knows(&address).await {
            Say::Yes => {
                self.to.push(address);
                self.say("250 2.1.5 Ok");
            }
            Say::Later => self.say("451 4.3.0 Try again later"),
            Say::Unknown | Say::NoLetter => self.say("550 5.1.1 No such mailbox here"),
        }
    }

    async fn letter(&mut self, bytes: Vec<u8>) {
        if hops(&bytes) > MOST_HOPS {
            return self.end("554 5.4.6 Routing loop");
        }
        let to = std::mem::take(&mut self.to);
        let said = self.desk.keep(&to, bytes).await;
        self.to = to;
        self.end(match said {
            Say::Yes => "250 2.0.0 Kept",
            Say::Later => "451 4.3.0 Try again later",
            Say::NoLetter => "554 5.6.0 Not a letter",
            Say::Unknown => "550 5.1.1 No such mailbox here",
        });
    }

    fn mistake(&mut self, wrong: &Wrong) {
        match wrong {
            // The rest of such a line would be read as commands.
            Wrong::ResponseTooLong => self.bye("500 5.5.2 Line too long"),
            Wrong::UnknownCommand => self.say("500 5.5.1 Unknown command"),
            Wrong::InvalidSenderAddress => self.say("501 5.1.7 Bad sender address"),
            Wrong::InvalidRecipientAddress => self.say("501 5.1.3 Bad recipient address"),
            Wrong::UnsupportedParameter { .. } => self.say("555 5.5.4 Parameter not offered"),
            _ => self.say("501 5.5.4 Syntax error"),
        }
    }
}

/// Through how many servers a letter has gone: its `Received` lines.
fn hops(letter: &[u8]) -> usize {
    letter
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
        .filter(|line| line.get(..9).is_some_and(|l| l.eq_ignore_ascii_case(b"received:")))
        .count()
}

/// Speaks with another mail server until it leaves; how many letters were kept is the desk's to count.
///
/// With keys it may be made safe (`STARTTLS`).
///
/// # Errors
/// The connection broke off, was silent for too long, or could not be made safe.
pub async fn converse<S>(stream: S, desk: &dyn Desk, name: &str, bounds: Bounds, keys: Option<&Keys>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + fmt::Debug + Send + 'static,
{
    timeout(bounds.whole, speak(Box::new(stream), desk, name, bounds, keys))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn speak(mut stream: Line, desk: &dyn Desk, name: &str, bounds: Bounds, keys: Option<&Keys>) -> io::Result<()> {
    let mut talk = Talk {
        desk,
        name,
        bounds,
        lmtp: None,
        from: None,
        to: vec![],
        wrong: 0,
        out: vec![],
        over: false,
        safe: keys.is_some(),
        shake: false,
    };
    talk.say(&format!("220 {name} ESMTP LMTP"));
    let mut requests = RequestReceiver::default();
    let mut phase = Phase::Command;
    let mut buffer = vec![0_u8; 16 * 1024];
    loop {
        stream.write_all(&talk.out).await?;
        stream.flush().await?;
        talk.out.clear();
        if talk.over {
            return stream.shutdown().await;
        }
        if let (true, Some(keys)) = (talk.shake, keys) {
            let safe = timeout(bounds.silence, keys.0.accept(stream)).await;
            stream = Box::new(safe.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??);
            // What was said in the open counts for nothing: they greet anew.
            (talk.shake, talk.safe, talk.lmtp) = (false, false, None);
            talk.anew();
            requests = RequestReceiver::default();
        }
        let got = match timeout(bounds.silence, stream.read(&mut buffer)).await {
            Ok(got) => got?,
            Err(_) => {
                talk.bye("421 4.4.2 Silent for too long");
                continue;
            }
        };
        if got == 0 {
            return Ok(());
        }
        let mut bytes = buffer.get(..got).unwrap_or_default().iter();
        // Whatever came behind STARTTLS in the open is thrown away: a stranger may have slipped it in.
        while !bytes.as_slice().is_empty() && !talk.over && !talk.shake {
            phase = match phase {
                Phase::Command => {
                    let request = requests.ingest(&mut bytes).map(Request::into_owned);
                    match request {
                        Ok(request) => talk.command(request).await.unwrap_or(Phase::Command),
                        Err(Wrong::NeedsMoreData { .. }) => Phase::Command,
                        Err(wrong) => {
                            talk.mistake(&wrong);
                            Phase::Command
                        }
                    }
                }
                Phase::Letter(mut receiver, mut letter) => {
                    if receiver.ingest(&mut bytes, &mut letter) {
                        if letter.len() > bounds.bytes {
                            talk.end("552 5.3.4 Letter too large");
                        } else {
                            talk.letter(letter).await;
                        }
                        Phase::Command
                    } else if letter.len() > bounds.bytes {
                        Phase::TooLarge(DummyDataReceiver::new_data(&receiver))
                    } else {
                        Phase::Letter(receiver, letter)
                    }
                }
                Phase::TooLarge(mut receiver) => {
                    if receiver.ingest(&mut bytes) {
                        talk.end("552 5.3.4 Letter too large");
                        Phase::Command
                    } else {
                        Phase::TooLarge(receiver)
                    }
                }
            };
            if talk.wrong > bounds.wrong {
                talk.bye("421 4.7.0 Too many errors");
            }
        }
    }
}

//! One line to a message centre: bound as transceiver, asked whether it lives, several messages on their way at a time.

use super::{
    inbound::{self, Told},
    make,
    outbox::{self, End, Lying},
    wire::{Frame, QUEUE_FULL, THROTTLED, Trouble, frame, lost},
};
use crate::{
    Ports,
    account::{self, Account},
};
use smpp_codec::{
    common::{self, BindMode, Ton},
    pdus::{
        BindRequest, BindResponse, DeliverSmRequest, DeliverSmResponse, EnquireLinkRequest, EnquireLinkResponse,
        GenericNack, SubmitSmRequest, SubmitSmResponse, UnbindResponse,
    },
};
use std::{collections::HashMap, convert::Infallible, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, tcp::OwnedWriteHalf},
    sync::mpsc,
    time::Instant,
};
use zhike_store::Ctx;

/// Between two looks into the outbox, when nobody rings.
const LOOK: Duration = Duration::from_millis(500);
/// Without a word for so long the other side is asked whether it lives.
const QUIET: Duration = Duration::from_secs(30);
/// So long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// Tries of a part that the centre is too busy for.
const TRIES: u32 = 5;

/// Something as octets.
macro_rules! octets {
    ($pdu:expr) => {{
        let mut out = vec![];
        $pdu.encode(&mut out).map_err(|e| Trouble("setup", format!("{e:?}")))?;
        out
    }};
}

/// A message on its way: its parts go one after the other.
struct Underway {
    lying: Lying,
    parts: Vec<SubmitSmRequest>,
    remotes: Vec<String>,
    tries: u32,
    since: Instant,
}

pub(crate) struct Line<'a> {
    pub ctx: &'a Ctx,
    pub ports: &'a Ports,
    pub account: &'a Account,
    to: OwnedWriteHalf,
    frames: mpsc::Receiver<Result<Frame, Trouble>>,
    reader: tokio::task::JoinHandle<()>,
    next: u32,
    pending: HashMap<u32, Underway>,
    /// Parts that the centre was too busy for.
    later: Vec<(Instant, Underway)>,
    heard: Instant,
    asked: Option<Instant>,
    reference: u8,
}

fn words_of(status: u32) -> String {
    format!("{} (0x{status:08X})", common::get_status_description(status))
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl<'a> Line<'a> {
    /// Comes in: connection, bind, answer.
    pub(crate) async fn open(ctx: &'a Ctx, ports: &'a Ports, account: &'a Account) -> Result<Line<'a>, Trouble> {
        let setup = &account.setup;
        let port: u16 = setup.get("port").parse().unwrap_or(2775);
        let timed = tokio::time::timeout(Duration::from_secs(10), TcpStream::connect((setup.get("host"), port)));
        let stream = timed
            .await
            .map_err(|_| Trouble("unreachable", "no answer within ten seconds".into()))?
            .map_err(|e| Trouble("unreachable", e.to_string()))?;
        let (mut from, mut to) = stream.into_split();
        let mut bind = BindRequest::new(
            1,
            BindMode::Transceiver,
            setup.get("login").to_owned(),
            setup.get("password").to_owned(),
        );
        bind.system_type = setup.get("system_type").to_owned();
        bind.interface_version = if setup.get("version") == "5.0" { 0x50 } else { 0x34 };
        to.write_all(&octets!(bind)).await.map_err(lost)?;
        let answer = tokio::time::timeout(ANSWER, frame(&mut from)).await;
        let answer = answer.map_err(|_| Trouble("late", "no answer to the bind".into()))??;
        if answer.status != 0 {
            return Err(Trouble("refused", words_of(answer.status)));
        }
        if BindResponse::decode(&answer.octets).is_err() {
            return Err(Trouble(
                "answer",
                format!("command 0x{:08X} instead of an answer", answer.command),
            ));
        }
        // A frame that is half read stays half read while something is sent.
        let (push, frames) = mpsc::channel(64);
        #[allow(clippy::disallowed_methods, reason = "ends with the line")]
        let reader = tokio::spawn(async move {
            loop {
                let got = frame(&mut from).await;
                let over = got.is_err();
                if push.send(got).await.is_err() || over {
                    return;
                }
            }
        });
        Ok(Line {
            ctx,
            ports,
            account,
            to,
            frames,
            reader,
            next: 2,
            pending: HashMap::new(),
            later: vec![],
            heard: Instant::now(),
            asked: None,
            reference: 0,
        })
    }

    fn window(&self) -> usize {
        self.account.setup.get("window").parse().unwrap_or(10).clamp(1, 100)
    }

    async fn send(&mut self, octets: Vec<u8>) -> Result<(), Trouble> {
        let timed = tokio::time::timeout(ANSWER, self.to.write_all(&octets)).await;
        timed.map_err(|_| lost("the other side takes nothing"))?.map_err(lost)
    }

    fn number(&mut self) -> u32 {
        let number = self.next;
        self.next = if self.next >= 0x7FFF_FFFF { 1 } else { self.next + 1 };
        number
    }

    async fn end(&self, underway: &Underway, end: End) -> Result<(), Trouble> {
        let done = outbox::end(self.ctx, self.account.id, underway.lying.id, &underway.remotes, &end);
        done.await.map_err(lost)
    }

    /// Sends the next part of a message.
    async fn go(&mut self, mut underway: Underway) -> Result<(), Trouble> {
        let Some(mut part) = underway.parts.last().cloned() else {
            return self.end(&underway, End::Gone).await;
        };
        let number = self.number();
        underway.since = Instant::now();
        self.pending.insert(number, underway);
        part.sequence_number = number;
        self.send(octets!(part)).await
    }

    /// Fills the window from the outbox.
    async fn fill(&mut self) -> Result<(), Trouble> {
        let now = Instant::now();
        let (due, wait): (Vec<_>, Vec<_>) = std::mem::take(&mut self.later).into_iter().partition(|l| l.0 <= now);
        self.later = wait;
        for (_, underway) in due {
            self.go(underway).await?;
        }
        let room = self.window().saturating_sub(self.pending.len() + self.later.len());
        let room = i64::try_from(room).unwrap_or(0);
        let all = outbox::take(self.ctx, self.account.id, room).await.map_err(lost)?;
        for lying in all {
            self.reference = self.reference.wrapping_add(1);
            let parts = make::of(self.account, self.reference, &lying);
            let mut underway = Underway {
                lying,
                parts: vec![],
                remotes: vec![],
                tries: 0,
                since: now,
            };
            match parts {
                Ok(parts) => {
                    underway.parts = parts;
                    self.go(underway).await?;
                }
                Err(words) => self.end(&underway, End::Never(words)).await?,
            }
        }
        Ok(())
    }

    /// The centre answers to a part. A refusal may come without a body.
    async fn answered(&mut self, frame: &Frame) -> Result<(), Trouble> {
        let Some(mut underway) = self.pending.remove(&frame.number) else {
            return Ok(());
        };
        match frame.status {
            0 => {
                let told = SubmitSmResponse::decode(&frame.octets).map(|r| r.message_id);
                let id = told.unwrap_or_default();
                // A centre without names cannot report either; ours stands for it.
                let id = match id.is_empty() {
                    true => format!("{}.{}", underway.lying.name, underway.remotes.len()),
                    false => id,
                };
                underway.remotes.push(id);
                underway.parts.pop();
                underway.tries = 0;
                self.go(underway).await
            }
            // Too many at once, or its queue is full.
            THROTTLED | QUEUE_FULL if underway.tries + 1 < TRIES => {
                underway.tries += 1;
                let pause = Duration::from_millis(500 << underway.tries.min(6));
                self.later.push((Instant::now() + pause, underway));
                Ok(())
            }
            status => {
                let words = words_of(status);
                let busy = matches!(status, THROTTLED | QUEUE_FULL);
                let end = match (underway.remotes.is_empty(), busy) {
                    (true, true) => End::Later(words),
                    (true, false) => End::Never(words),
                    // Some parts went: it must not go again by itself.
                    (false, _) => End::Unsure(words),
                };
                self.end(&underway, end).await
            }
        }
    }

    async fn delivered(&mut self, frame: &Frame) -> Result<(), Trouble> {
        let (ctx, ports, account) = (self.ctx, self.ports, self.account);
        let Ok(sm) = DeliverSmRequest::decode(&frame.octets) else {
            // Brought again it would be no better.
            return self
                .send(octets!(DeliverSmResponse::new(frame.number, "ESME_RX_P_APPN")))
                .await;
        };
        let done = match inbound::read(&sm) {
            Told::Receipt(id, Some(arrived), why) => receipt(ctx, ports, account.id, &id, arrived, &why).await,
            Told::Receipt(_, None, _) => Ok(()),
            Told::Words(text, part) => {
                let from = sm.source_addr.as_str();
                let from = match sm.source_addr_ton {
                    Ton::International if !from.starts_with('+') => format!("+{from}"),
                    _ => from.to_owned(),
                };
                inbound::said(ctx, ports, account, &from, text, part).await
            }
        };
        let status = match &done {
            Ok(()) => "ESME_ROK",
            // Not taken in: the centre shall bring it again.
            Err(e) => {
                tracing::warn!(error = %e, "a delivery was not taken in");
                "ESME_RX_T_APPN"
            }
        };
        self.send(octets!(DeliverSmResponse::new(frame.number, status))).await
    }

    async fn heard(&mut self, frame: Frame) -> Result<(), Trouble> {
        self.heard = Instant::now();
        self.asked = None;
        let number = frame.number;
        match frame.command {
            common::CMD_DELIVER_SM => self.delivered(&frame).await,
            common::CMD_ENQUIRE_LINK => self.send(octets!(EnquireLinkResponse::new(number, "ESME_ROK"))).await,
            common::CMD_ENQUIRE_LINK_RESP | common::CMD_ALERT_NOTIFICATION => Ok(()),
            common::CMD_UNBIND => {
                self.send(octets!(UnbindResponse::new(number, "ESME_ROK"))).await?;
                Err(lost("the other side unbound us"))
            }
            common::CMD_SUBMIT_SM_RESP | common::GENERIC_NACK => self.answered(&frame).await,
            // Another answer: to nothing that we asked.
            other if other & 0x8000_0000 != 0 => Ok(()),
            _ => self.send(octets!(GenericNack::new("ESME_RINVCMDID", number))).await,
        }
    }

    async fn tick(&mut self) -> Result<(), Trouble> {
        let late: Vec<u32> = self
            .pending
            .iter()
            .filter(|p| p.1.since.elapsed() > ANSWER)
            .map(|p| *p.0)
            .collect();
        for number in late {
            if let Some(underway) = self.pending.remove(&number) {
                self.end(&underway, End::Unsure("no answer in time".into())).await?;
            }
        }
        if self.asked.is_some_and(|a| a.elapsed() > ANSWER) {
            return Err(lost("no answer to an enquiry"));
        }
        if self.heard.elapsed() > QUIET && self.asked.is_none() {
            self.asked = Some(Instant::now());
            let number = self.number();
            self.send(octets!(EnquireLinkRequest::new(number))).await?;
        }
        self.fill().await
    }

    async fn work(&mut self) -> Result<Infallible, Trouble> {
        let bell = self.ports.tools.bell.clone();
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut parts = Instant::now();
        loop {
            tokio::select! {
                got = self.frames.recv() => match got {
                    Some(Ok(frame)) => {
                        self.heard(frame).await?;
                        self.fill().await?;
                    }
                    Some(Err(trouble)) => return Err(trouble),
                    None => return Err(lost("closed by the other side")),
                },
                () = bell.notified() => self.fill().await?,
                _ = tick.tick() => {
                    self.tick().await?;
                    if parts.elapsed() > Duration::from_secs(600) {
                        parts = Instant::now();
                        inbound::late(self.ctx, self.ports, self.account).await.map_err(lost)?;
                    }
                }
            }
        }
    }

    /// Works until something goes wrong. What was on its way then may have gone.
    pub(crate) async fn stay(mut self) -> Trouble {
        let Err(trouble) = self.work().await;
        let left = std::mem::take(&mut self.pending).into_values();
        for underway in left.chain(std::mem::take(&mut self.later).into_iter().map(|l| l.1)) {
            // A part that the centre refused because it was busy did not go.
            let end = match underway.tries > 0 && underway.remotes.is_empty() {
                true => End::Later(trouble.1.clone()),
                false => End::Unsure(trouble.1.clone()),
            };
            if let Err(e) = self.end(&underway, end).await {
                tracing::warn!(error = %e.1, "outbox");
            }
        }
        trouble
    }
}

/// A receipt may overtake the answer to its message: it is looked for again for a moment.
async fn receipt(
    ctx: &Ctx,
    ports: &Ports,
    account: i64,
    id: &str,
    arrived: bool,
    why: &str,
) -> zhike_kernel::Result<()> {
    if !outbox::reported(ctx, ports, account, id, arrived, why).await? {
        let tx = ctx.begin().await?;
        crate::report::take(ctx, &tx, ports, account, id, arrived, why).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// How the line stands, written down.
pub(crate) async fn stands(ctx: &Ctx, id: i64, trouble: Option<&Trouble>) {
    let done = async {
        let tx = ctx.begin().await?;
        account::stands(ctx, &tx, id, trouble.map(|t| (t.0, t.1.as_str()))).await?;
        tx.commit().await
    };
    if let Err(e) = done.await {
        tracing::warn!(error = %e, "channel account");
    }
}

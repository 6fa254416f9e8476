//! The complaint hotline: an answering machine behind the company's own switchboard. It takes a call over SIP, plays the greeting,
//! records what is said, and makes a call with its recording and a complaint of it. Calls, their length and what is read of
//! strangers' bytes are bounded; whoever is not the switchboard is not answered.

use crate::{
    Ports, keep_voice,
    media::{self, Ended},
    settings::{self, Hotline as Setup},
    sip::{self, Message, Request},
    switchboard,
};
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    sync::{mpsc, oneshot, watch},
    time::Instant,
};
use zhike_jobs::Service;
use zhike_kernel::{Door, Stamp};
use zhike_store::{Ctx, House};

/// Its row among the states of switchboards.
pub(crate) const STATE: i64 = 0;
/// How long an answer is repeated until it is acknowledged, as RFC 3261 has it.
const PATIENCE: Duration = Duration::from_secs(32);
/// Seconds between two looks at the settings.
const REVIEW: Duration = Duration::from_secs(5);

/// See the module's text.
pub(crate) struct Hotline(pub Ports);

/// A call under way.
struct Call {
    invite: Request,
    peer: SocketAddr,
    tag: String,
    /// Our answer, repeated until it is acknowledged.
    ok: Vec<u8>,
    sdp: String,
    contact: String,
    acked: bool,
    sent: Instant,
    again: Duration,
    next: Instant,
    media: Option<(UdpSocket, sip::Offer)>,
    halt: Option<oneshot::Sender<()>>,
    began: Stamp,
}

/// A goodbye of ours that was not answered yet.
struct Bye {
    bytes: Vec<u8>,
    peer: SocketAddr,
    tries: u8,
    next: Instant,
}

#[async_trait::async_trait]
impl Service for Hotline {
    fn name(&self) -> &'static str {
        "voice.hotline"
    }
    async fn serve(&self, house: Arc<House>, mut stop: watch::Receiver<bool>) {
        let ctx = Ctx::system(&house, Door::Job);
        loop {
            let setup = match settings::hotline(&ctx).await {
                Ok(setup) => setup,
                Err(e) => {
                    tracing::warn!(error = %e, "hotline");
                    None
                }
            };
            if let Some(setup) = setup {
                match UdpSocket::bind(setup.bind).await {
                    Ok(socket) => {
                        state(&ctx, None).await;
                        let mut desk = Desk::new(ctx.clone(), self.0.clone(), socket, setup);
                        desk.run(&mut stop).await;
                    }
                    Err(e) => state(&ctx, Some(("bind", &e.to_string()))).await,
                }
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(REVIEW) => {}
            }
            if *stop.borrow() {
                return;
            }
        }
    }
}

async fn state(ctx: &Ctx, trouble: Option<(&str, &str)>) {
    let told = async {
        let tx = ctx.begin().await?;
        switchboard::told(ctx, &tx, STATE, trouble, 0).await?;
        tx.commit().await
    };
    if let Err(e) = told.await {
        tracing::warn!(error = %e, "hotline");
    }
}

/// The address under which the other side reaches us.
fn own_ip(peer: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if peer.is_ipv6() {
        ([0_u16; 8], 0).into()
    } else {
        ([0_u8; 4], 0).into()
    };
    let probe = std::net::UdpSocket::bind(any).ok()?;
    probe.connect(peer).ok()?;
    probe.local_addr().ok().map(|a| a.ip())
}

struct Desk {
    ctx: Ctx,
    ports: Ports,
    socket: UdpSocket,
    setup: Setup,
    calls: HashMap<String, Call>,
    byes: Vec<Bye>,
    done: (mpsc::Sender<Ended>, mpsc::Receiver<Ended>),
}

#[allow(
    clippy::disallowed_methods,
    reason = "one task for each call, bounded in number and length"
)]
impl Desk {
    fn new(ctx: Ctx, ports: Ports, socket: UdpSocket, setup: Setup) -> Desk {
        Desk {
            ctx,
            ports,
            socket,
            setup,
            calls: HashMap::new(),
            byes: vec![],
            done: mpsc::channel(64),
        }
    }

    async fn run(&mut self, stop: &mut watch::Receiver<bool>) {
        let mut bytes = vec![0_u8; sip::MOST + 1];
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        let mut review = Instant::now() + REVIEW;
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                got = self.socket.recv_from(&mut bytes) => {
                    if let Ok((n, peer)) = got
                        && self.setup.peers.contains(&peer.ip())
                        && let Some(message) = bytes.get(..n).and_then(sip::read)
                    {
                        self.heard(message, peer).await;
                    }
                }
                Some(ended) = self.done.1.recv() => self.ended(ended).await,
                _ = tick.tick() => {
                    self.repeat().await;
                    if Instant::now() > review {
                        review = Instant::now() + REVIEW;
                        let now = settings::hotline(&self.ctx).await.ok().flatten();
                        // Whoever speaks may end first.
                        if self.calls.is_empty() && now.is_none_or(|n| n.version != self.setup.version) {
                            return;
                        }
                    }
                }
            }
        }
    }

    async fn send(&self, bytes: &[u8], peer: SocketAddr) {
        if let Err(e) = self.socket.send_to(bytes, peer).await {
            tracing::debug!(error = %e, "hotline");
        }
    }

    async fn heard(&mut self, message: Message, peer: SocketAddr) {
        let request = match message {
            Message::Request(request) => request,
            Message::Answer(code) if code >= 200 => {
                self.byes.retain(|b| b.peer != peer);
                return;
            }
            Message::Answer(_) => return,
        };
        let known = self.calls.contains_key(&key(&request));
        let tag = zhike_web::seal::nonce();
        let say = |code, words: &str| request.answer(code, words, &tag, "", "");
        match request.method.as_str() {
            "INVITE" => self.invite(request, peer).await,
            "ACK" => self.acked(&request),
            "BYE" if known => {
                let yes = say(200, "OK");
                self.send(&yes, peer).await;
                self.hang_up(&key(&request));
            }
            "CANCEL" | "OPTIONS" => self.send(&say(200, "OK"), peer).await,
            "BYE" | "INFO" | "UPDATE" => {
                self.send(
                    &say(
                        if known { 200 } else { 481 },
                        if known { "OK" } else { "Call/Transaction Does Not Exist" },
                    ),
                    peer,
                )
                .await
            }
            _ => self.send(&say(405, "Method Not Allowed"), peer).await,
        }
    }

    async fn invite(&mut self, request: Request, peer: SocketAddr) {
        let key = key(&request);
        if let Some(call) = self.calls.get(&key) {
            // Said again, or put on hold and back: the answer is the same.
            let again = if call.invite.get("cseq") == request.get("cseq") {
                call.ok.clone()
            } else {
                request.answer(200, "OK", &call.tag, &call.contact, &call.sdp)
            };
            self.send(&again, peer).await;
            return;
        }
        let tag = zhike_web::seal::nonce();
        if self.calls.len() >= self.setup.calls {
            self.send(&request.answer(486, "Busy Here", &tag, "", ""), peer).await;
            return;
        }
        let prepared = match sip::offer(&request.body) {
            Some(offer) => self.prepare(offer).await.map(|socket| (socket, offer)),
            None => None,
        };
        let Some(((socket, at), offer)) = prepared else {
            self.send(&request.answer(488, "Not Acceptable Here", &tag, "", ""), peer)
                .await;
            return;
        };
        let port = self.socket.local_addr().map_or(5060, |a| a.port());
        let contact = format!("sip:{}", SocketAddr::new(at.ip(), port));
        let sdp = sip::answer(at, offer.codec);
        self.send(&request.answer(180, "Ringing", &tag, &contact, ""), peer)
            .await;
        let ok = request.answer(200, "OK", &tag, &contact, &sdp);
        self.send(&ok, peer).await;
        let now = Instant::now();
        let again = Duration::from_millis(500);
        let call = Call {
            began: self.ctx.now(),
            invite: request,
            peer,
            tag,
            ok,
            sdp,
            contact,
            acked: false,
            sent: now,
            again,
            next: now + again,
            media: Some((socket, offer)),
            halt: None,
        };
        self.calls.insert(key, call);
    }

    /// A place for the sound, and its address as the other side sees it.
    async fn prepare(&self, offer: sip::Offer) -> Option<(UdpSocket, SocketAddr)> {
        let ip = own_ip(offer.at)?;
        let socket = UdpSocket::bind(SocketAddr::new(ip, 0)).await.ok()?;
        let at = socket.local_addr().ok()?;
        Some((socket, at))
    }

    /// It is agreed: the greeting begins.
    fn acked(&mut self, request: &Request) {
        let key = key(request);
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.acked = true;
        let Some((socket, offer)) = call.media.take() else {
            return;
        };
        let (halt, halted) = oneshot::channel();
        call.halt = Some(halt);
        let talk = media::Talk {
            key,
            offer,
            peer: call.peer.ip(),
            greeting: self.setup.greeting.clone(),
            seconds: self.setup.seconds,
        };
        let done = self.done.0.clone();
        tokio::spawn(async move {
            let ended = media::run(socket, talk, halted).await;
            let _ = done.send(ended).await;
        });
    }

    /// They hung up: what was recorded comes by itself. Without sound under way the call is over at once.
    fn hang_up(&mut self, key: &str) {
        if let Some(call) = self.calls.get_mut(key) {
            match call.halt.take() {
                Some(halt) => {
                    let _ = halt.send(());
                }
                None if call.media.is_some() => {
                    self.calls.remove(key);
                }
                None => {}
            }
        }
    }

    /// The sound has ended: by their goodbye, by silence, or because the tape was full.
    async fn ended(&mut self, ended: Ended) {
        let Some(call) = self.calls.remove(&ended.key) else {
            return;
        };
        if !ended.theirs {
            let at = self
                .socket
                .local_addr()
                .map_or_else(|_| String::new(), |a| a.to_string());
            let bytes = call.invite.bye(&call.tag, &call.contact, &at);
            self.send(&bytes, call.peer).await;
            self.byes.push(Bye {
                bytes,
                peer: call.peer,
                tries: 0,
                next: Instant::now() + Duration::from_millis(500),
            });
        }
        let voice = keep_voice::Voice {
            key: format!("{} {}", call.invite.call_id(), call.invite.callers_tag()),
            caller: call.invite.caller(),
            dialled: call.invite.dialled(),
            began: call.began,
            codec: ended.codec,
            data: ended.data,
        };
        let (ctx, ports) = (self.ctx.clone(), self.ports.clone());
        // A database that is away for a moment loses no complaint.
        tokio::spawn(async move { keep_voice::keep_trying(&ctx, &ports, voice).await });
    }

    /// Says again what was not acknowledged; forgets who does not answer at all.
    async fn repeat(&mut self) {
        let now = Instant::now();
        let mut say: Vec<(Vec<u8>, SocketAddr)> = vec![];
        self.calls.retain(|_, call| {
            if call.acked {
                return true;
            }
            if now > call.next {
                call.again = (call.again * 2).min(Duration::from_secs(4));
                call.next = now + call.again;
                say.push((call.ok.clone(), call.peer));
            }
            now < call.sent + PATIENCE
        });
        self.byes.retain_mut(|bye| {
            if now > bye.next {
                bye.tries += 1;
                bye.next = now + Duration::from_secs(1);
                say.push((bye.bytes.clone(), bye.peer));
            }
            bye.tries < 6
        });
        for (bytes, peer) in say {
            self.send(&bytes, peer).await;
        }
    }
}

/// What tells calls apart.
fn key(request: &Request) -> String {
    format!("{}\n{}", request.call_id(), request.callers_tag())
}

/// The hotline as a service, for whoever runs it by hand (tests).
pub(crate) fn service(ports: &Ports) -> Arc<dyn Service> {
    Arc::new(Hotline(ports.clone()))
}

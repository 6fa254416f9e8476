//! One connection to each Asterisk: what its manager tells becomes calls; calls that were asked for are dialled. It mends itself
//! after trouble, and the page says how it stands.

use crate::{
    Ports,
    ami::{self, Block, Board},
    dial, switchboard, take,
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpStream, tcp::OwnedWriteHalf},
    sync::watch,
};
use zhike_jobs::Service;
use zhike_kernel::{Door, Result};
use zhike_store::{Ctx, House, Query, binds};

/// Seconds between two looks whether switchboards were set up or changed.
const REVIEW: u64 = 5;
/// Without a word for so long a connection is asked whether it lives.
const QUIET: Duration = Duration::from_secs(30);
/// Between two looks whether somebody wants to call.
const DIAL: Duration = Duration::from_millis(500);

/// See the module's text.
pub(crate) struct Manager(pub Ports);

/// A switchboard as it is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setup {
    id: i64,
    host: String,
    port: u16,
    login: String,
    password: String,
}

async fn all(ctx: &Ctx) -> Result<Vec<Setup>> {
    let sql = "SELECT s.id, COALESCE(s.host, ''), COALESCE(s.port, 5038), COALESCE(s.login, ''), COALESCE(k.password, '') FROM voice_switchboard s \
               LEFT JOIN voice_secret k ON k.switchboard_id = s.id WHERE s.kind = 'ami' AND s.active AND s.archived_at IS NULL ORDER BY s.id";
    let rows = ctx.db().all(sql, vec![]).await?;
    rows.iter()
        .map(|r| {
            Ok(Setup {
                id: r.int(0)?,
                host: r.text(1)?,
                port: u16::try_from(r.int(2)?).unwrap_or(5038),
                login: r.text(3)?,
                password: r.text(4)?,
            })
        })
        .collect()
}

#[allow(
    clippy::disallowed_methods,
    reason = "one task for each switchboard, as long as the server is there"
)]
#[async_trait::async_trait]
impl Service for Manager {
    fn name(&self) -> &'static str {
        "voice.manager"
    }
    async fn serve(&self, house: Arc<House>, mut stop: watch::Receiver<bool>) {
        let ctx = Ctx::system(&house, Door::Job);
        let mut kept: Vec<(Setup, tokio::task::JoinHandle<()>)> = vec![];
        loop {
            let now = all(&ctx).await.unwrap_or_else(|e| {
                tracing::warn!(error = %e, "switchboards cannot be read");
                vec![]
            });
            kept.retain(|(setup, task)| {
                let stays = !task.is_finished() && now.contains(setup);
                if !stays {
                    task.abort();
                }
                stays
            });
            for setup in now {
                if setup.password.is_empty() || kept.iter().any(|k| k.0 == setup) {
                    continue;
                }
                let (ctx, ports, own) = (ctx.clone(), self.0.clone(), setup.clone());
                kept.push((setup, tokio::spawn(async move { hold(&ctx, &ports, &own).await })));
            }
            tokio::select! {
                _ = stop.changed() => break,
                () = tokio::time::sleep(Duration::from_secs(REVIEW)) => {}
            }
        }
        for (_, task) in kept {
            task.abort();
        }
    }
}

/// What went wrong: a word for the page, and the other side's words.
struct Trouble(&'static str, String);

async fn told(ctx: &Ctx, id: i64, trouble: Option<&Trouble>, events: i64) {
    let done = async {
        let tx = ctx.begin().await?;
        switchboard::told(ctx, &tx, id, trouble.map(|t| (t.0, t.1.as_str())), events).await?;
        tx.commit().await
    };
    if let Err(e) = done.await {
        tracing::warn!(error = %e, "switchboard");
    }
}

async fn hold(ctx: &Ctx, ports: &Ports, setup: &Setup) {
    let mut failed = 0_u32;
    loop {
        let Err(trouble) = stay(ctx, ports, setup, &mut failed).await;
        told(ctx, setup.id, Some(&trouble), 0).await;
        failed += 1;
        let pause = (2 * 2_u64.saturating_pow(failed.min(6))).min(120);
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

type Lines = BufReader<tokio::net::tcp::OwnedReadHalf>;

/// A line, bounded.
async fn line(from: &mut Lines) -> Result<String, Trouble> {
    let lost = |e: String| Trouble("lost", e);
    let mut bytes = vec![];
    let most = u64::try_from(ami::LINE).unwrap_or(4_096);
    let n = (&mut *from)
        .take(most)
        .read_until(b'\n', &mut bytes)
        .await
        .map_err(|e| lost(e.to_string()))?;
    if n == 0 {
        return Err(lost("closed by the other side".into()));
    }
    if n >= ami::LINE {
        return Err(Trouble("protocol", "a line without an end".into()));
    }
    Ok(String::from_utf8_lossy(&bytes)
        .trim_end_matches(['\r', '\n'])
        .to_owned())
}

async fn send(to: &mut OwnedWriteHalf, text: &str) -> Result<(), Trouble> {
    to.write_all(text.as_bytes())
        .await
        .map_err(|e| Trouble("lost", e.to_string()))
}

/// Comes in: greeting, login, answer.
async fn enter(setup: &Setup) -> Result<(Lines, OwnedWriteHalf), Trouble> {
    let timed = tokio::time::timeout(Duration::from_secs(10), async {
        let stream = TcpStream::connect((setup.host.as_str(), setup.port))
            .await
            .map_err(|e| Trouble("refused", e.to_string()))?;
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        let banner = line(&mut from).await?;
        if !banner.starts_with("Asterisk Call Manager") {
            return Err(Trouble("protocol", banner.chars().take(80).collect()));
        }
        let login = [
            ("Username", setup.login.as_str()),
            ("Secret", setup.password.as_str()),
            ("Events", "call"),
        ];
        send(&mut to, &ami::action("Login", "login", &login)).await?;
        let mut block = Block::default();
        loop {
            if !block.line(&line(&mut from).await?) {
                continue;
            }
            match (block.get("actionid"), block.get("response")) {
                ("login", "Success") => return Ok((from, to)),
                ("login", _) => return Err(Trouble("login", block.get("message").to_owned())),
                _ => block = Block::default(),
            }
        }
    });
    timed
        .await
        .unwrap_or_else(|_| Err(Trouble("refused", "no answer within ten seconds".into())))
}

/// Listens and dials until something goes wrong.
async fn stay(ctx: &Ctx, ports: &Ports, setup: &Setup, failed: &mut u32) -> Result<std::convert::Infallible, Trouble> {
    let own = |e: zhike_kernel::Error| Trouble("lost", e.to_string());
    let (mut from, mut to) = enter(setup).await?;
    *failed = 0;
    told(ctx, setup.id, None, 0).await;
    let (mut board, mut block) = (Board::default(), Block::default());
    let mut tick = tokio::time::interval(DIAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut heard = tokio::time::Instant::now();
    let mut asked = false;
    // A line that is half read stays half read while somebody dials.
    let (lines, mut read) = tokio::sync::mpsc::channel::<Result<String, Trouble>>(256);
    #[allow(clippy::disallowed_methods, reason = "ends with the connection")]
    let reader = tokio::spawn(async move {
        loop {
            let got = line(&mut from).await;
            let over = got.is_err();
            if lines.send(got).await.is_err() || over {
                return;
            }
        }
    });
    let ended = loop {
        tokio::select! {
            got = read.recv() => {
                heard = tokio::time::Instant::now();
                asked = false;
                let text = match got {
                    Some(Ok(text)) => text,
                    Some(Err(t)) => break t,
                    None => break Trouble("lost", "closed by the other side".into()),
                };
                if block.line(&text) {
                    let whole = std::mem::take(&mut block);
                    if let Err(e) = event(ctx, ports, setup, &mut board, &whole).await {
                        break own(e);
                    }
                }
            }
            _ = tick.tick() => {
                match dial::due(ctx, setup.id).await {
                    Ok(all) => {
                        let mut trouble = None;
                        for (id, fields) in all {
                            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
                            if let Err(t) = send(&mut to, &ami::action("Originate", &format!("dial-{id}"), &fields)).await {
                                trouble = Some(t);
                            }
                        }
                        if let Some(t) = trouble {
                            break t;
                        }
                    }
                    Err(e) => break own(e),
                }
                if heard.elapsed() > QUIET * 2 {
                    break Trouble("lost", "silent for a minute".into());
                }
                if heard.elapsed() > QUIET && !asked {
                    asked = true;
                    if let Err(t) = send(&mut to, &ami::action("Ping", "ping", &[])).await {
                        break t;
                    }
                }
            }
        }
    };
    reader.abort();
    Err(ended)
}

/// Whose telephones are ours.
async fn ours(ctx: &Ctx) -> Result<HashSet<String>> {
    let rows = ctx.db().all("SELECT extension FROM voice_extension", vec![]).await?;
    rows.iter().map(|r| r.text(0)).collect()
}

async fn event(ctx: &Ctx, ports: &Ports, setup: &Setup, board: &mut Board, block: &Block) -> Result<()> {
    if let Some(id) = block.get("actionid").strip_prefix("dial-").and_then(|i| i.parse().ok())
        && !block.get("response").is_empty()
    {
        return dial::answered(ctx, id, block.get("response") == "Success", block.get("message")).await;
    }
    if block.get("event").is_empty() {
        return Ok(());
    }
    let Some((key, word)) = board.take(block, ctx.now().0, &ours(ctx).await?) else {
        return Ok(());
    };
    let tx = ctx.begin().await?;
    take::one(ctx, &tx, ports, &format!("board:{}", setup.id), &key, &word).await?;
    let sql = "UPDATE voice_state SET events = events + 1, good_at = $1 WHERE switchboard_id = $2";
    tx.exec(sql, binds![tx.at.0, setup.id]).await?;
    tx.commit().await
}

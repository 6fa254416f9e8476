//! Contacts: letters that other servers hand over, a page of the inbox with a million of them, and the timeline of a party with
//! fifty thousand events.

use crate::{
    child::Child,
    http::{Make, get},
    pages::Run,
    report::{Results, Row},
};
use anyhow::{Context, Result, ensure};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};
use zhike_store::{Bind, Ctx, Query, binds, setting, write};

/// Letters handed over, and on so many lines at once.
const LETTERS: usize = 2_000;
const LINES: usize = 4;
/// Contacts in the house, and how many of them make a conversation.
const CONTACTS: i64 = 1_000_000;
const EACH: i64 = 4;
/// Events of one party.
const EVENTS: i64 = 50_000;
/// Where the letters go.
const ADDRESS: &str = "complaints@bench.test";

/// Writes rows below the engine, so many in one statement and ten statements in one transaction.
async fn rows(ctx: &Ctx, head: &str, width: usize, all: i64, mut row: impl FnMut(i64) -> Vec<Bind>) -> Result<()> {
    let chunk = i64::try_from(30_000 / width)?;
    let mut at = 0;
    while at < all {
        let tx = ctx.begin().await?;
        for _ in 0..10 {
            let to = (at + chunk).min(all);
            if at == to {
                break;
            }
            let (mut sql, mut values) = (head.to_owned(), vec![]);
            for (i, n) in (at..to).enumerate() {
                write::group(&mut sql, i, width);
                values.extend(row(n));
            }
            tx.exec(&sql, values).await?;
            at = to;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// A million contacts in a quarter of a million conversations; one in fifty waits for an answer.
async fn contacts(ctx: &Ctx, parties: i64) -> Result<()> {
    if ctx
        .db()
        .number(
            "SELECT count(*) FROM (SELECT 1 FROM inbox_interaction LIMIT 1000) t",
            vec![],
        )
        .await?
        >= 1_000
    {
        return Ok(());
    }
    let now = ctx.now();
    let first = ctx
        .db()
        .number("SELECT COALESCE(max(id), 0) FROM inbox_conversation", vec![])
        .await?
        + 1;
    let head = "INSERT INTO inbox_conversation (id, version, created_at, updated_at, number, subject, channel, state, party_id, address, \
                unanswered_since, last_at, contacts) VALUES ";
    rows(ctx, head, 13, CONTACTS / EACH, |n| {
        let at = now.plus_seconds(-60 * n).0;
        let waits = n % 50 == 0;
        let state = if waits { "open" } else { "closed" };
        binds![
            first + n,
            1_i64,
            at,
            at,
            format!("MB-{n}"),
            format!("Question {n}"),
            "email",
            state,
            n % parties + 1,
            format!("p{n}@bench.test"),
            waits.then_some(at),
            at,
            EACH
        ]
    })
    .await?;
    let head = "INSERT INTO inbox_interaction (version, created_at, updated_at, subject, channel, direction, at, happened_on, party_id, \
                conversation_id, address, body, state, machine) VALUES ";
    let zone = ctx.house.zone.clone();
    rows(ctx, head, 14, CONTACTS, |n| {
        let talk = n / EACH;
        let at = now.plus_seconds(-60 * talk - n % EACH);
        binds![
            1_i64,
            at.0,
            at.0,
            format!("Question {talk}"),
            "email",
            if n % 2 == 0 { "in" } else { "out" },
            at.0,
            at.date(&zone).to_string(),
            talk % parties + 1,
            first + talk,
            format!("p{talk}@bench.test"),
            "The meter drifts by two per cent. What is to be done?",
            "received",
            false
        ]
    })
    .await?;
    if ctx.db().dialect() == zhike_store::Dialect::Postgres {
        let sql = "SELECT setval(pg_get_serial_sequence('inbox_conversation', 'id'), (SELECT max(id) FROM inbox_conversation))";
        ctx.db().maintain(sql).await?;
    }
    ctx.db().maintain("ANALYZE").await?;
    Ok(())
}

/// Switches the listener on or off.
async fn listen(ctx: &Ctx, port: u16, on: bool) -> Result<()> {
    let tx = ctx.begin().await?;
    let set = serde_json::json!({"on": on, "bind": format!("127.0.0.1:{port}"), "peers": "127.0.0.1", "host": "bench.test", "version": 1});
    setting::set(&tx, "mail_listener", &set.to_string()).await?;
    tx.commit().await?;
    Ok(())
}

/// Hands letters over on one line, one after the other; how many were acknowledged.
async fn hand_over(port: u16, line: usize, letters: usize) -> Result<usize> {
    let (read, mut wire) = TcpStream::connect(("127.0.0.1", port)).await?.into_split();
    let mut answers = BufReader::new(read).lines();
    let mut kept = 0;
    let run = std::process::id();
    let mut said: Vec<String> = vec!["EHLO bench".into()];
    for n in 0..letters {
        let who = format!("l{line}n{n}");
        said.push(format!("MAIL FROM:<{who}@bench.test>"));
        said.push(format!("RCPT TO:<{ADDRESS}>"));
        said.push("DATA".into());
        said.push(format!(
            "From: Customer {who} <{who}@bench.test>\r\nTo: {ADDRESS}\r\nSubject: The meter drifts, {who}\r\nMessage-ID: <{run}.{who}@bench.test>\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n流量计读数漂移，请尽快处理。 It drifts by two per cent.\r\n."
        ));
    }
    answers.next_line().await?;
    for words in said {
        wire.write_all(words.as_bytes()).await?;
        wire.write_all(b"\r\n").await?;
        let last = loop {
            let answer = answers.next_line().await?.context("the line broke")?;
            if answer.as_bytes().get(3) != Some(&b'-') {
                break answer;
            }
        };
        kept += usize::from(words.ends_with("\r\n.") && last.starts_with("250"));
    }
    Ok(kept)
}

impl Run<'_> {
    /// Letters in: each is acknowledged once it is on the disk, then becomes a complaint.
    pub async fn mail(&self, results: &mut Results) -> Result<()> {
        let ctx = self.ctx;
        let ty = ctx.registry().get("mailbox")?.clone();
        let known = ctx
            .db()
            .number("SELECT count(*) FROM inbox_mailbox WHERE address = $1", binds![ADDRESS])
            .await?;
        if known == 0 {
            let tx = ctx.begin().await?;
            let values = [("name", "Bench"), ("address", ADDRESS), ("purpose", "complaint")];
            let values = values.into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
            write::create(ctx, &tx, &ty, values).await?;
            tx.commit().await?;
        }
        let port = crate::child::free_port()?;
        listen(ctx, port, true).await?;
        let (server, _) = Child::serve(self.data, self.database, self.tokens.0).await?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            ensure!(
                begun.elapsed() < Duration::from_secs(20),
                "the listener does not listen"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let count = |sql: &'static str| async move { ctx.db().number(sql, vec![]).await };
        let (contacts, cases) = (
            "SELECT count(*) FROM inbox_interaction",
            "SELECT count(*) FROM service_case",
        );
        let (before, cases_before) = (count(contacts).await?, count(cases).await?);
        let began = Instant::now();
        let lines: Vec<_> = (0..LINES)
            .map(|line| tokio::spawn(hand_over(port, line, LETTERS / LINES)))
            .collect();
        let mut kept = 0;
        for line in lines {
            kept += line.await??;
        }
        let seconds = began.elapsed().as_secs_f64();
        let there = count(contacts).await? - before;
        let all = i64::try_from(LETTERS)?;
        ensure!(kept == LETTERS && there == all, "{kept} acknowledged, {there} kept");
        let mut made = count(cases).await? - cases_before;
        while made < all {
            ensure!(
                began.elapsed() < Duration::from_secs(300),
                "{made} of {all} complaints after 300 s"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
            made = count(cases).await? - cases_before;
        }
        let until = began.elapsed().as_secs_f64();
        drop(server);
        listen(ctx, port, false).await?;
        let rate = kept as f64 / seconds;
        let what =
            format!("letters taken from another server on {LINES} lines, each on the disk before it is acknowledged");
        results.put(Row::rate("mail", &what, rate, "letters/s").budget("100 letters/s", rate >= 100.0));
        let what = format!("{LETTERS} letters handed over until the last is a complaint in its process");
        results.put(Row::plain(
            "mail",
            &what,
            format!("{until:.1} s, {:.0} letters/s", all as f64 / until),
        ));
        Ok(())
    }

    /// The inbox with a million contacts.
    pub async fn inbox(&self, results: &mut Results) -> Result<()> {
        let parties = self.ctx.db().number("SELECT count(*) FROM party_party", vec![]).await?;
        contacts(self.ctx, parties).await.context("a million contacts")?;
        let fixed = |path: &str| -> Make {
            let ask = get(path, self.tokens.0, "");
            Arc::new(move |_| ask.clone())
        };
        for (what, path) in [
            ("inbox: unanswered first, 1,000,000 contacts", "/inbox"),
            ("inbox: over, 245,000 conversations", "/inbox?box=closed"),
            ("list of 1,000,000 contacts, as it opens", "/interactions"),
        ] {
            self.one(results, "inbox", what, &fixed(path), 20.0).await?;
        }
        Ok(())
    }

    /// The timeline of a party to which much happened.
    pub async fn timeline(&self, results: &mut Results) -> Result<()> {
        let ctx = self.ctx;
        let sql = "SELECT id FROM party_party WHERE archived_at IS NULL ORDER BY id LIMIT 1 OFFSET 7";
        let party = ctx.db().number(sql, vec![]).await?;
        let sql = "SELECT count(*) FROM event WHERE party_id = $1";
        let known = ctx.db().number(sql, binds![party]).await?;
        let now = ctx.now();
        let head = "INSERT INTO event (at, actor, kind, record_type, record_id, party_id, door, changes) VALUES ";
        rows(ctx, head, 8, (EVENTS - known).max(0), |n| {
            let at = now.plus_seconds(-300 * n).0;
            binds![at, "bench", "party.contacted.v1", "party", party, party, "job", "{}"]
        })
        .await
        .context("events")?;
        let ask = get(&format!("/parties/{party}/timeline"), self.tokens.0, "");
        let make: Make = Arc::new(move |_| ask.clone());
        self.one(
            results,
            "timeline",
            "timeline of a party with 50,000 events",
            &make,
            20.0,
        )
        .await
    }
}

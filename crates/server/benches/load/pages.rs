//! Pages under load, ours and the bare one in turn, and the write of one record.

use crate::{
    bare,
    child::{Child, free_port},
    http::{self, Load, Make, get, load},
    report::{Results, Row},
};
use anyhow::{Context, Result};
use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use zhike_sample::{Scale, scale_party};
use zhike_store::{Ctx, Query};

/// Connections at once.
pub const CONNECTIONS: usize = 8;

/// A pseudo-random number from a counter.
fn mixed(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn fixed(path: &str, token: &str) -> Make {
    let request = get(path, token, "");
    Arc::new(move |_| request.clone())
}

/// Some of the words of a party, as somebody would type them.
fn words(scale: &Scale, n: u64, kind: usize) -> String {
    let p = scale_party(scale, mixed(n) % scale.parties);
    let digits: String = p.phone.chars().filter(char::is_ascii_digit).collect();
    match kind {
        0 => p.name.chars().take(2).collect(),
        1 => p
            .name_latin
            .split(' ')
            .filter_map(|w| w.chars().next())
            .take(4)
            .collect::<String>()
            .to_lowercase(),
        _ => digits.chars().skip(digits.len().saturating_sub(8)).collect(),
    }
}

/// One page with its limit.
struct Page {
    what: &'static str,
    make: Make,
    bare: &'static str,
}

async fn pages(ctx: &Ctx, scale: &Scale, admin: &str, sales: &str) -> Result<Vec<Page>> {
    let half = i64::try_from(scale.parties / 2)?;
    let sql = "SELECT updated_at, id FROM party_party WHERE archived_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT 1 OFFSET $1";
    let deep = ctx
        .db()
        .one(sql, vec![half.into()])
        .await?
        .context("no party half way")?;
    let cursor: String = format!("[{},{},false]", deep.int(0)?, deep.int(1)?)
        .bytes()
        .map(|b| format!("{b:02x}"))
        .collect();
    let list = |what, path: &str, bare| Page {
        what,
        make: fixed(path, admin),
        bare,
    };
    let search = |what, kind: usize, path: &'static str, more: &'static str| {
        let (scale, token) = (scale.clone(), admin.to_owned());
        let make: Make = Arc::new(move |n| {
            let kind = if kind == 9 {
                usize::try_from(n % 3).unwrap_or(0)
            } else {
                kind
            };
            get(&format!("{path}{}", encoded(&words(&scale, n, kind))), &token, more)
        });
        Page {
            what,
            make,
            bare: "default",
        }
    };
    let record = |what, tail: &'static str| {
        let (parties, token) = (scale.parties, admin.to_owned());
        let make: Make = Arc::new(move |n| get(&format!("/parties/{}{tail}", mixed(n) % parties + 1), &token, ""));
        Page {
            what,
            make,
            bare: "default",
        }
    };
    Ok(vec![
        list("list: customers, as it opens", "/parties", "default"),
        list("list: sorted by name", "/parties?sort=name", "name"),
        list(
            "list: sorted by profit (value analysis)",
            "/parties?sort=-profit",
            "profit",
        ),
        list("list: filtered by owner", "/parties?f=owner_id:is:3", "owner"),
        list(
            "list: half way down (cursor)",
            &format!("/parties?cursor={cursor}"),
            "default",
        ),
        Page {
            what: "list: a salesperson who sees only their own",
            make: fixed("/parties", sales),
            bare: "owner",
        },
        Page {
            what: "list: compressed with brotli",
            make: {
                let r = get("/parties", admin, "accept-encoding: br\r\n");
                Arc::new(move |_| r.clone())
            },
            bare: "default",
        },
        record("record: customer, any", ""),
        record("record: its timeline", "/timeline"),
        record("record: its tab of orders", "/orders"),
        search("search page: two Chinese characters", 0, "/search?q=", ""),
        search("search page: pinyin initials", 1, "/search?q=", ""),
        search("search page: telephone digits", 2, "/search?q=", ""),
        search("palette: any of the three", 9, "/search?q=", "hx-request: true\r\n"),
        list("board: deals", "/deals/board", "default"),
        list("list: orders", "/orders", "default"),
        list("API: list of customers", "/api/v1/parties", "default"),
    ])
}

/// One second to warm up, two alone, five together.
async fn measure(child: &Child, make: &Make, seconds: f64) -> Result<(Load, Load, f64)> {
    load(child.port, 2, seconds / 5.0, make).await?;
    let alone = load(child.port, 1, seconds / 3.0, make).await?;
    let before = child.cpu();
    let all = load(child.port, CONNECTIONS, seconds, make).await?;
    let cpu = (child.cpu() - before) * 1e6 / all.count.max(1) as f64;
    Ok((alone, all, cpu))
}

/// What stays the same for all measurements of a run.
pub struct Run<'a> {
    /// For looking things up before.
    pub ctx: &'a Ctx,
    /// Sizes.
    pub scale: &'a Scale,
    /// Folder of the data.
    pub data: &'a Path,
    /// The database, if it is not in the folder.
    pub database: Option<&'a str>,
    /// Tokens of an administrator and of a salesperson.
    pub tokens: (&'a str, &'a str),
    /// Seconds for each measurement.
    pub seconds: f64,
    /// Only what has this in its name.
    pub filter: Option<&'a str>,
}

impl Run<'_> {
    /// All pages.
    pub async fn pages(&self, results: &mut Results) -> Result<()> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("--bare")
            .arg(self.ctx.db().url())
            .arg("--port")
            .arg(port.to_string())
            .stdout(Stdio::null());
        let mut plain = Child::start(command, port)?;
        plain.until_page(&get("/default", "", "")).await?;
        let (ours, _) = Child::serve(self.data, self.database, self.tokens.0).await?;
        let mut limits: HashMap<&str, (Load, Load, f64)> = HashMap::new();
        for (name, _) in bare::LISTS {
            let seen = measure(&plain, &fixed(&format!("/{name}"), ""), self.seconds).await?;
            let mut row = row("bare", &format!("bare page: {name}"), &seen);
            row.bare = String::new();
            results.put(row);
            limits.insert(name, seen);
        }
        for page in pages(self.ctx, self.scale, self.tokens.0, self.tokens.1).await? {
            if self.filter.is_some_and(|f| !page.what.contains(f)) {
                continue;
            }
            let seen = measure(&ours, &page.make, self.seconds).await?;
            let (alone, all, _) = &seen;
            let limit = limits.get(page.bare).map_or(0.0, |l| l.1.rate);
            let mut row = row("pages", page.what, &seen);
            row.bare = format!("{limit:.0}/s");
            let ratio = all.rate / limit.max(1.0);
            row.ratio = format!("{ratio:.2}");
            row = row.budget(
                "≥ 0.5, p50 ≤ 2 ms alone, p99 ≤ 50 ms",
                ratio >= 0.5 && alone.p50 <= 2.0 && all.p99 <= 50.0,
            );
            results.put(row);
        }
        let (_, most) = ours.memory();
        results.put(
            Row::plain(
                "start and memory",
                "resident memory under load, at most",
                format!("{most:.0} MB"),
            )
            .budget("≤ 250 MB", most <= 250.0),
        );
        Ok(())
    }

    /// Start and idle memory.
    pub async fn start(&self, results: &mut Results) -> Result<()> {
        let mut times = vec![];
        let mut idle = 0.0;
        for _ in 0..5 {
            let (child, took) = Child::serve(self.data, self.database, self.tokens.0).await?;
            times.push(took.as_secs_f64() * 1e3);
            tokio::time::sleep(Duration::from_secs(2)).await;
            idle = child.memory().0;
        }
        times.sort_by(f64::total_cmp);
        let (middle, worst) = (times[2], times[4]);
        let told = format!("{middle:.0} ms (slowest of five {worst:.0} ms)");
        results.put(
            Row::plain("start and memory", "start to first list page, existing database", told)
                .budget("≤ 500 ms", middle <= 500.0),
        );
        results.put(
            Row::plain(
                "start and memory",
                "resident memory, idle after the first page",
                format!("{idle:.0} MB"),
            )
            .budget("≤ 80 MB", idle <= 80.0),
        );
        Ok(())
    }

    /// One request by itself: the middle answer, alone, within so many milliseconds.
    pub async fn one(&self, results: &mut Results, part: &str, what: &str, make: &Make, most: f64) -> Result<()> {
        let (ours, _) = Child::serve(self.data, self.database, self.tokens.0).await?;
        let seen = measure(&ours, make, self.seconds).await?;
        let told = format!("p50 ≤ {most:.0} ms alone");
        let fine = seen.0.p50 <= most;
        results.put(row(part, what, &seen).budget(&told, fine));
        Ok(())
    }

    /// One record over the API, with its event and its search entry.
    pub async fn write(&self, results: &mut Results) -> Result<()> {
        let (ours, _) = Child::serve(self.data, self.database, self.tokens.0).await?;
        let token = self.tokens.0.to_owned();
        let salt = self.ctx.now().0;
        let make: Make = Arc::new(move |n| {
            let body = serde_json::json!({"name": format!("负荷测试 {n}"), "phone": format!("139{:08}", n % 100_000_000), "email": format!("w{n}.{salt}@load.example"), "city": "上海"});
            http::post("/api/v1/parties", &token, &body.to_string())
        });
        let seen = measure(&ours, &make, self.seconds).await?;
        drop(ours);
        let limit = bare::inserts(self.data, self.seconds).await?;
        let mut row = row(
            "writes",
            "create a customer over the API (rules, event, search index, commit on disk)",
            &seen,
        );
        let ratio = seen.1.rate / limit.max(1.0);
        row.bare = format!("{limit:.0}/s");
        row.ratio = format!("{ratio:.2}");
        results.put(row.budget("≥ 0.33 of bare inserts", ratio >= 1.0 / 3.0));
        Ok(())
    }
}

fn row(part: &str, what: &str, (alone, all, cpu): &(Load, Load, f64)) -> Row {
    Row {
        alone: format!("{:.2}", alone.p50),
        p50: format!("{:.2}", all.p50),
        p99: format!("{:.1}", all.p99),
        cpu: format!("{cpu:.0}"),
        ..Row::plain(
            part,
            &format!("{what} ({:.1} KB)", all.bytes as f64 / 1024.0),
            format!("{:.0}/s", all.rate),
        )
    }
}

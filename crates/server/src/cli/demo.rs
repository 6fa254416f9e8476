//! `zhike demo`.

use anyhow::{Result, bail};
use std::{
    io::{IsTerminal, Write},
    time::Instant,
};
use zhike_kernel::Door;
use zhike_server::{Config, demo, house, serve};
use zhike_store::Ctx;

pub(super) async fn run(mut config: Config, dataset: &str, no_serve: bool) -> Result<()> {
    let began = Instant::now();
    let set = demo::DataSet::parse(dataset)?;
    if set == demo::DataSet::CompleteJourney {
        // The retailer's amounts are dollars, its days American.
        config.currency = "USD".into();
        config.zone = "America/New_York".into();
    }
    // Bulk loading need not wait for the disk at each commit; the file is whole at the end.
    let quick = Config {
        durability: "normal".into(),
        ..config.clone()
    };
    let open = house::open(&quick).await?;
    let ctx = Ctx::system(&open.app.house, Door::Import);
    let fresh = demo::is_empty(&ctx).await?;
    if fresh {
        step("database", &house::redact(&config.database_url()));
        let mut show = Show::new();
        demo::fill(&ctx, set, &mut |what, done, total| show.tell(what, done, total)).await?;
        show.end();
        let mut show = Show::new();
        zhike_insight::refresh::refresh(&ctx, &mut |done, total, what| {
            show.tell(
                what,
                usize::try_from(done).unwrap_or(0),
                usize::try_from(total).unwrap_or(0),
            );
        })
        .await?;
        show.end();
        demo::decide(&ctx, set).await?;
        open.app.house.db.maintain("ANALYZE").await?;
        step("ready", &format!("{:.1} s", began.elapsed().as_secs_f64()));
    } else if !demo::is_complete(&ctx).await? {
        bail!(
            "{} holds data that no demonstration made, or one that was broken off; name an empty folder with --data DIR",
            config.data.display()
        );
    }
    let sign_ins = demo::sign_ins(&ctx).await?;
    open.app.house.db.close().await;
    drop(open);
    if no_serve {
        return Ok(());
    }
    let running = serve::start(house::open(&config).await?, &config.listen, true).await?;
    println!();
    println!("  http://{}", running.address);
    println!();
    for (login, role, name) in sign_ins {
        println!("  {login:<14} {role:<14} {name}");
    }
    if set == demo::DataSet::Sample {
        println!("  {:<29} /portal, a customer", demo::GUEST);
    }
    println!("  password of all: {}", demo::PASSWORD);
    println!();
    println!(
        "  Ctrl-C stops. The data stay in {}; a second start takes under a second.",
        config.data.display()
    );
    running.until_signal().await
}

fn step(what: &str, note: &str) {
    println!("  {what:<14} {note}");
}

/// One line a step; on a terminal it counts in place.
struct Show {
    what: String,
    began: Instant,
    last: String,
    terminal: bool,
}

impl Show {
    fn new() -> Show {
        Show {
            what: String::new(),
            began: Instant::now(),
            last: String::new(),
            terminal: std::io::stdout().is_terminal(),
        }
    }

    fn tell(&mut self, what: &str, done: usize, total: usize) {
        if what != self.what {
            self.end();
            self.what = what.to_owned();
            self.began = Instant::now();
        }
        self.last = format!("{done} / {total}");
        if self.terminal {
            print!("\r  {what:<14} {:<24}", self.last);
            let _ = std::io::stdout().flush();
        }
    }

    fn end(&mut self) {
        if !self.what.is_empty() {
            let back = if self.terminal { "\r" } else { "" };
            println!(
                "{back}  {:<14} {:<24} {:.1} s",
                self.what,
                self.last,
                self.began.elapsed().as_secs_f64()
            );
            self.what.clear();
        }
    }
}

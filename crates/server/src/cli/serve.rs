//! `zhike serve`.

use anyhow::Result;
use zhike_server::{Config, house, serve};
use zhike_store::{Query, binds};

pub(super) async fn run(config: &Config) -> Result<()> {
    let open = house::open(config).await?;
    let users = open
        .app
        .house
        .db
        .number(
            "SELECT count(*) FROM (SELECT 1 FROM identity_user LIMIT $1) u",
            binds![1_i64],
        )
        .await?;
    let running = serve::start(open, &config.listen, true).await?;
    println!("http://{}", running.address);
    if users == 0 {
        println!("Nobody can sign in yet. Make the first user with: zhike user add LOGIN --role administrator");
    }
    running.until_signal().await
}

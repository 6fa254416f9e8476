//! Configuration: a TOML file, then the environment (`ZHIKE_…`), then the command line; the later wins.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use zhike_kernel::Currency;

/// What can be set. All of it has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the embedded database, files and facts.
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; by default an SQLite file in `data`.
    pub database: Option<String>,
    /// Address to listen on.
    pub listen: String,
    /// Name of the company, shown above the navigation.
    pub company: String,
    /// Time zone of the house (IANA name).
    pub zone: String,
    /// Currency that new amounts start with, and in which value is computed.
    pub currency: String,
    /// Cookies only over TLS. Set it when a reverse proxy speaks https.
    pub secure_cookies: bool,
    /// SQLite waits for the disk at each commit (`full`), or not (`normal`).
    pub durability: String,
    /// Webhooks and payment providers may stand in the own network, and be called without TLS.
    pub private_calls: bool,
    /// The name server (`ADDRESS:PORT`) that is asked what domains say about their mail; none: the machine's own.
    pub dns: Option<std::net::SocketAddr>,
    /// Folders in which other systems put files.
    pub drop: Vec<zhike_exchange::Folder>,
    /// Carriers of messages besides those that the areas bring: for programs that build a house themselves (tests).
    #[serde(skip)]
    pub carriers: zhike_consent::Carriers,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data: PathBuf::from("data"),
            database: None,
            listen: "127.0.0.1:8080".into(),
            company: "知客 Zhike".into(),
            zone: "Asia/Shanghai".into(),
            currency: "CNY".into(),
            secure_cookies: false,
            durability: "full".into(),
            private_calls: false,
            dns: None,
            drop: vec![],
            carriers: zhike_consent::Carriers::default(),
        }
    }
}

impl Config {
    /// Reads the file (when given, or `zhike.toml` when it is there) and the environment.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn load(file: Option<&Path>) -> Result<Config> {
        let usual = Path::new("zhike.toml");
        let file = file.or_else(|| usual.exists().then_some(usual));
        let mut table = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                toml::from_str::<toml::Table>(&text).with_context(|| format!("{} is not valid TOML", path.display()))?
            }
            None => toml::Table::new(),
        };
        for (key, value) in std::env::vars() {
            if let Some(name) = key.strip_prefix("ZHIKE_").map(str::to_lowercase)
                && [
                    "data",
                    "database",
                    "listen",
                    "company",
                    "zone",
                    "currency",
                    "secure_cookies",
                    "durability",
                    "private_calls",
                    "dns",
                ]
                .contains(&name.as_str())
            {
                let value = if matches!(name.as_str(), "secure_cookies" | "private_calls") {
                    toml::Value::Boolean(value == "1" || value == "true")
                } else {
                    toml::Value::String(value)
                };
                table.insert(name, value);
            }
        }
        let config: Config = table
            .try_into()
            .context("the configuration has a wrong or unknown entry")?;
        config.check()?;
        Ok(config)
    }

    /// Refuses what cannot work, in words that say how to mend it.
    pub fn check(&self) -> Result<()> {
        if Currency::parse(&self.currency).is_none() {
            bail!(
                "currency = \"{}\" is not known; known are {}",
                self.currency,
                Currency::codes().collect::<Vec<_>>().join(", ")
            );
        }
        if jiff::tz::TimeZone::get(&self.zone).is_err() {
            bail!(
                "zone = \"{}\" is not a time zone; write it like \"Asia/Shanghai\" or \"Europe/Berlin\"",
                self.zone
            );
        }
        if !matches!(self.durability.as_str(), "full" | "normal") {
            bail!("durability = \"{}\": write \"full\" or \"normal\"", self.durability);
        }
        for (i, drop) in self.drop.iter().enumerate() {
            if drop.into.is_empty() || drop.mapping.is_empty() {
                bail!(
                    "[[drop]] {}: name the record type (into) and the saved mapping",
                    drop.folder.display()
                );
            }
            if self.drop.iter().take(i).any(|d| d.folder == drop.folder) {
                bail!("[[drop]] {}: the same folder stands there twice", drop.folder.display());
            }
        }
        Ok(())
    }

    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data.join("zhike.db").display()))
    }
}

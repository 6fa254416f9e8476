//! `zhike user` and `zhike token`.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use zhike_identity::NewUser;
use zhike_kernel::{Door, Role, Stamp};
use zhike_server::{Config, house};
use zhike_store::{Ctx, Query, binds};

#[derive(Subcommand)]
pub(super) enum User {
    /// Makes a user; without --password one is made and printed.
    Add {
        /// Sign-in name.
        login: String,
        /// Name (default: the sign-in name).
        #[arg(long)]
        name: Option<String>,
        /// administrator, manager, salesperson, service or analyst.
        #[arg(long, default_value = "salesperson")]
        role: String,
        /// Read the password from standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Sets a new password and ends the user's sessions.
    Password {
        /// Sign-in name.
        login: String,
        /// Read the password from standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Lists the users.
    List,
}

#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a token for a user; it is printed once.
    Add {
        /// Sign-in name of the user in whose name the program acts.
        login: String,
        /// What the token is for.
        name: String,
        /// Reading only.
        #[arg(long)]
        read_only: bool,
        /// Good for one thing only: `inbound` (messages of other systems) or `event` (the feed of events).
        #[arg(long)]
        only: Option<String>,
        /// Days until it ends (default: never).
        #[arg(long)]
        days: Option<i64>,
    },
    /// Lists the tokens.
    List,
    /// Withdraws a token by its number in the list.
    End {
        /// Number.
        id: i64,
    },
}

async fn ctx(config: &Config) -> Result<Ctx> {
    Ok(Ctx::system(&house::open(config).await?.app.house, Door::Cli))
}

fn password(from_stdin: bool) -> Result<(String, bool)> {
    if !from_stdin {
        return Ok((zhike_identity::generate().chars().take(20).collect(), true));
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .context("no password on standard input")?;
    Ok((line.trim_end_matches(['\n', '\r']).to_owned(), false))
}

async fn find(ctx: &Ctx, login: &str) -> Result<i64> {
    let row = ctx
        .db()
        .one(
            "SELECT id FROM identity_user WHERE login = $1 AND archived_at IS NULL",
            binds![zhike_kernel::text::fold(login)],
        )
        .await?;
    row.with_context(|| format!("there is no user {login}"))?
        .int(0)
        .map_err(Into::into)
}

/// A refusal in words: the command line speaks English.
fn said(e: zhike_kernel::Error) -> anyhow::Error {
    let fields: Vec<String> = e
        .fields
        .iter()
        .map(|f| format!("{}: {}", f.field, f.code.trim_start_matches("error-").replace('-', " ")))
        .collect();
    if fields.is_empty() {
        e.into()
    } else {
        anyhow::anyhow!("{}", fields.join("; "))
    }
}

pub(super) async fn user(config: &Config, what: User) -> Result<()> {
    let ctx = ctx(config).await?;
    match what {
        User::Add {
            login,
            name,
            role,
            password_stdin,
        } => {
            if Role::parse(&role).is_none() {
                bail!("there is no role {role}; there are administrator, manager, salesperson, service and analyst");
            }
            let (secret, made) = password(password_stdin)?;
            let tx = ctx.begin().await?;
            let new = NewUser {
                login: &login,
                name: name.as_deref().unwrap_or(&login),
                name_latin: None,
                role: &role,
                team: None,
            };
            zhike_identity::create_user(&ctx, &tx, &new, &secret)
                .await
                .map_err(said)?;
            tx.commit().await?;
            println!("{login} ({role}) can sign in now.");
            if made {
                println!("password: {secret}");
            }
        }
        User::Password { login, password_stdin } => {
            let (secret, made) = password(password_stdin)?;
            let id = find(&ctx, &login).await?;
            zhike_identity::set_password(&ctx, id, &secret, None)
                .await
                .map_err(said)?;
            println!("{login} has a new password; all sessions have ended.");
            if made {
                println!("password: {secret}");
            }
        }
        User::List => {
            for r in ctx.db().all("SELECT login, role, reach, name, active FROM identity_user WHERE archived_at IS NULL ORDER BY login", vec![]).await? {
                let state = if r.bool(4)? { "" } else { " (may not sign in)" };
                println!("{:<20} {:<14} {:<5} {}{state}", r.text(0)?, r.text(1)?, r.text(2)?, r.text(3)?);
            }
        }
    }
    ctx.db().close().await;
    Ok(())
}

pub(super) async fn token(config: &Config, what: Token) -> Result<()> {
    let ctx = ctx(config).await?;
    match what {
        Token::Add {
            login,
            name,
            read_only,
            only,
            days,
        } => {
            let id = find(&ctx, &login).await?;
            let tx = ctx.begin().await?;
            let ends = days.map(|d| Stamp(tx.at.0).plus_seconds(d.saturating_mul(86_400)));
            let secret = zhike_identity::create_narrow_token(&ctx, &tx, id, &name, read_only, only.as_deref(), ends)
                .await
                .map_err(said)?;
            tx.commit().await?;
            println!("{secret}");
        }
        Token::List => {
            let sql = "SELECT k.id, u.login, k.name, k.read_only FROM identity_token k JOIN identity_user u ON u.id = k.user_id ORDER BY k.id";
            for r in ctx.db().all(sql, vec![]).await? {
                println!(
                    "{:>5} {:<20} {}{}",
                    r.int(0)?,
                    r.text(1)?,
                    r.text(2)?,
                    if r.bool(3)? { " (reads)" } else { "" }
                );
            }
        }
        Token::End { id } => {
            let tx = ctx.begin().await?;
            if tx.exec("DELETE FROM identity_token WHERE id = $1", binds![id]).await? == 0 {
                bail!("there is no token {id}; see zhike token list");
            }
            tx.commit().await?;
            println!("token {id} is withdrawn");
        }
    }
    ctx.db().close().await;
    Ok(())
}

//! Making users, passwords, sessions and tokens: the flows behind pages, API and command line.

use crate::port::SESSION_SECONDS;
use zhike_kernel::{Error, Result, Stamp, Values};
use zhike_store::{Ctx, Event, Query, Tx, binds, write};
use zhike_web::password;

/// A user to be made on the command line or by the demo.
pub struct NewUser<'a> {
    /// Login.
    pub login: &'a str,
    /// Name.
    pub name: &'a str,
    /// Latin name.
    pub name_latin: Option<&'a str>,
    /// Role word.
    pub role: &'a str,
    /// Team.
    pub team: Option<i64>,
}

/// Makes a user with a password.
pub async fn create_user(ctx: &Ctx, tx: &Tx, user: &NewUser<'_>, password: &str) -> Result<i64> {
    password::acceptable(user.login, password)?;
    let ty = ctx.registry().get("user")?.clone();
    let mut values = Values::new();
    values.insert("login".into(), user.login.into());
    values.insert("name".into(), user.name.into());
    values.insert("name_latin".into(), user.name_latin.into());
    values.insert("role".into(), user.role.into());
    values.insert("team_id".into(), user.team.into());
    let id = write::create(ctx, tx, &ty, values).await?;
    let hash = password::hash(password.to_owned()).await?;
    keep(tx, id, &hash).await?;
    Ok(id)
}

async fn keep(tx: &Tx, user: i64, hash: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO identity_secret (user_id, hash, set_at) VALUES ($1,$2,$3) \
         ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at",
        binds![user, hash, tx.at.0],
    )
    .await
    .map(|_| ())
}

/// Sets a password and ends all sessions but one.
pub async fn set_password(ctx: &Ctx, user: i64, password: &str, but: Option<i64>) -> Result<()> {
    let login = ctx
        .db()
        .one("SELECT login FROM identity_user WHERE id = $1", binds![user])
        .await?
        .ok_or_else(Error::missing)?
        .text(0)?;
    password::acceptable(&login, password)?;
    let hash = password::hash(password.to_owned()).await?;
    let tx = ctx.begin().await?;
    keep(&tx, user, &hash).await?;
    tx.exec(
        "DELETE FROM identity_session WHERE user_id = $1 AND id <> $2",
        binds![user, but.unwrap_or(0)],
    )
    .await?;
    log(ctx, &tx, user, "user.password_set.v1", None).await?;
    tx.commit().await
}

/// Writes an event about a user.
pub(crate) async fn log(ctx: &Ctx, tx: &Tx, user: i64, kind: &str, note: Option<String>) -> Result<()> {
    let event = Event {
        kind: kind.into(),
        record_type: "user",
        record: user,
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Tries per login, and per address, within a quarter of an hour.
const TRIES: (i64, i64) = (8, 40);
const WINDOW_SECONDS: i64 = 900;

/// Signs in. The secret for the cookie. Refuses after too many tries, whether the login exists or not.
pub(crate) async fn sign_in(ctx: &Ctx, login: &str, password: &str, peer: &str, agent: &str) -> Result<String> {
    let login = zhike_kernel::text::fold(login);
    let since = ctx.now().plus_seconds(-WINDOW_SECONDS).0;
    let tx = ctx.begin().await?;
    let row = tx
        .one(
            "SELECT (SELECT count(*) FROM identity_attempt WHERE login = $1 AND at > $2), (SELECT count(*) FROM identity_attempt WHERE peer = $3 AND at > $4)",
            binds![login.as_str(), since, peer, since],
        )
        .await?
        .ok_or_else(Error::missing)?;
    if row.int(0)? >= TRIES.0 || row.int(1)? >= TRIES.1 {
        return Err(Error::too_many(WINDOW_SECONDS));
    }
    // Counted before the answer is known, so that many tries at once are many tries.
    tx.exec(
        "INSERT INTO identity_attempt (login, peer, at) VALUES ($1,$2,$3)",
        binds![login.as_str(), peer, tx.at.0],
    )
    .await?;
    tx.exec("DELETE FROM identity_attempt WHERE at < $1", binds![since])
        .await?;
    let found = tx
        .one(
            "SELECT u.id, s.hash FROM identity_user u JOIN identity_secret s ON s.user_id = u.id WHERE u.login = $1 AND u.active AND u.archived_at IS NULL",
            binds![login.as_str()],
        )
        .await?;
    tx.commit().await?;
    let (user, hash) = match &found {
        Some(row) => (Some(row.int(0)?), Some(row.text(1)?)),
        None => (None, None),
    };
    let fits = password::fits(password.to_owned(), hash).await?;
    let tx = ctx.begin().await?;
    let Some(user) = user.filter(|_| fits) else {
        if let Some(user) = user {
            log(ctx, &tx, user, "user.sign_in_failed.v1", Some(peer.to_owned())).await?;
            tx.commit().await?;
        }
        return Err(Error::invalid("error-sign-in-wrong"));
    };
    let secret = password::generate();
    let ends = tx.at.plus_seconds(SESSION_SECONDS * 4);
    tx.exec("DELETE FROM identity_attempt WHERE login = $1", binds![login.as_str()])
        .await?;
    tx.exec("DELETE FROM identity_session WHERE ends_at < $1", binds![tx.at.0])
        .await?;
    tx.exec(
        "INSERT INTO identity_session (hash, user_id, created_at, seen_at, ends_at, peer, agent) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        binds![password::digest(&secret), user, tx.at.0, tx.at.0, ends.0, peer, agent.chars().take(200).collect::<String>()],
    )
    .await?;
    log(ctx, &tx, user, "user.signed_in.v1", Some(peer.to_owned())).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Makes a bearer token for a user; shown once.
pub async fn create_token(
    ctx: &Ctx,
    tx: &Tx,
    user: i64,
    name: &str,
    read_only: bool,
    ends_at: Option<Stamp>,
) -> Result<String> {
    create_narrow_token(ctx, tx, user, name, read_only, None, ends_at).await
}

/// What a token may be narrowed to.
pub const SCOPES: [&str; 4] = ["inbound", "event", "shipment_event", "call_event"];

/// Makes a token that is good for one subject only, if one is named.
pub async fn create_narrow_token(
    ctx: &Ctx,
    tx: &Tx,
    user: i64,
    name: &str,
    read_only: bool,
    scope: Option<&str>,
    ends_at: Option<Stamp>,
) -> Result<String> {
    if scope.is_some_and(|s| !SCOPES.contains(&s)) {
        return Err(Error::field("scope", "error-not-a-choice"));
    }
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Error::field("name", "error-required"));
    }
    let secret = format!("zhk_{}", password::generate());
    tx.exec(
        "INSERT INTO identity_token (hash, user_id, name, read_only, created_at, ends_at, scope) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        binds![
            password::digest(&secret),
            user,
            name.trim(),
            read_only,
            tx.at.0,
            ends_at.map(|s| s.0),
            scope.map(str::to_owned)
        ],
    )
    .await?;
    log(ctx, tx, user, "user.token_made.v1", Some(name.trim().to_owned())).await?;
    Ok(secret)
}

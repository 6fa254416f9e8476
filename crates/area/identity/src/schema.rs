//! Tables and record types.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Error, Reach, Result, Role, Value, Values};
use zhike_store::{Ctx, EventKind, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Search, Tx, binds};

pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, NARROW];

/// A token may be good for some subjects only.
const NARROW: Migration = Migration {
    name: "identity_0002",
    up: &["ALTER TABLE identity_token ADD COLUMN scope TEXT"],
};

const FIRST: Migration = Migration {
    name: "identity_0001",
    up: &[
        "CREATE TABLE identity_team (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT)",
        "CREATE TABLE identity_user (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_latin TEXT, email TEXT, role TEXT NOT NULL, reach TEXT NOT NULL, \
         team_id BIGINT REFERENCES identity_team (id), active BOOLEAN NOT NULL, language TEXT)",
        "CREATE INDEX identity_user_team ON identity_user (team_id)",
        "CREATE TABLE identity_secret (user_id BIGINT PRIMARY KEY REFERENCES identity_user (id), hash TEXT NOT NULL, set_at BIGINT NOT NULL)",
        "CREATE TABLE identity_session (id {pk}, hash TEXT NOT NULL UNIQUE, user_id BIGINT NOT NULL REFERENCES identity_user (id), \
         created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, peer TEXT NOT NULL, agent TEXT NOT NULL)",
        "CREATE INDEX identity_session_user ON identity_session (user_id)",
        "CREATE TABLE identity_token (id {pk}, hash TEXT NOT NULL UNIQUE, user_id BIGINT NOT NULL REFERENCES identity_user (id), name TEXT NOT NULL, \
         read_only BOOLEAN NOT NULL, created_at BIGINT NOT NULL, ends_at BIGINT, seen_at BIGINT)",
        "CREATE INDEX identity_token_user ON identity_token (user_id)",
        "CREATE TABLE identity_attempt (id {pk}, login TEXT NOT NULL, peer TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX identity_attempt_login ON identity_attempt (login, at)",
        "CREATE INDEX identity_attempt_peer ON identity_attempt (peer, at)",
    ],
};

const ROLES: &[&str] = &["administrator", "manager", "salesperson", "service", "analyst"];
const REACHES: &[&str] = &["own", "team", "all"];
const LANGUAGES: &[&str] = &["en", "zh-cn"];

pub(crate) fn types() -> Vec<RecordType> {
    let user = RecordType {
        title: "name",
        subtitle: Some("login"),
        icon: "user",
        order: ("name", false),
        hooks: Arc::new(UserHooks),
        ..RecordType::new(
            "user",
            "identity_user",
            "/users",
            11,
            vec![
                Field::new("login", FieldKind::Text)
                    .required()
                    .unique()
                    .column()
                    .search(Search::Code)
                    .aliases(&["username", "用户名", "登录名"]),
                Field::new("name", FieldKind::Text)
                    .required()
                    .column()
                    .search(Search::Name)
                    .personal()
                    .aliases(&["姓名", "employee"]),
                Field::new("name_latin", FieldKind::Text)
                    .search(Search::Name)
                    .personal(),
                Field::new("email", FieldKind::Email)
                    .column()
                    .search(Search::Email)
                    .personal(),
                Field::new("role", FieldKind::Choice(ROLES))
                    .required()
                    .column()
                    .default("salesperson")
                    .group("rights"),
                Field::new("reach", FieldKind::Choice(REACHES))
                    .required()
                    .column()
                    .group("rights"),
                Field::new("team_id", FieldKind::Ref("team")).column().group("rights"),
                Field::new("active", FieldKind::Bool)
                    .required()
                    .column()
                    .default("yes")
                    .group("rights"),
                Field::new("language", FieldKind::Choice(LANGUAGES)),
            ],
        )
    };
    let team = RecordType {
        title: "name",
        icon: "users-group",
        order: ("name", false),
        ..RecordType::new(
            "team",
            "identity_team",
            "/teams",
            12,
            vec![
                Field::new("name", FieldKind::Text)
                    .required()
                    .column()
                    .search(Search::Name)
                    .aliases(&["team", "团队", "office", "regional_office"]),
                Field::new("name_latin", FieldKind::Text).column().search(Search::Name),
            ],
        )
    };
    vec![user, team]
}

pub(crate) fn events() -> Vec<EventKind> {
    let kind = |name: &str, reason| EventKind {
        name: name.to_owned(),
        reason,
    };
    vec![
        kind("user.signed_in.v1", "read in the audit"),
        kind("user.sign_in_failed.v1", "read in the audit"),
        kind("user.password_set.v1", "read in the audit"),
        kind("user.sessions_ended.v1", "read in the audit"),
        kind("user.token_made.v1", "read in the audit"),
        kind("user.token_ended.v1", "read in the audit"),
    ]
}

struct UserHooks;

#[async_trait]
impl Hooks for UserHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let text = |v: &Values, f: &str| v.get(f).and_then(Value::text).unwrap_or("").to_owned();
        let login = zhike_kernel::text::fold(&text(new, "login"));
        if login.is_empty() || login.chars().any(|c| c.is_whitespace() || c.is_control()) || login.chars().count() > 60
        {
            return Err(Error::field("login", "error-user-login"));
        }
        new.insert("login".into(), login.into());
        let Some(role) = Role::parse(&text(new, "role")) else {
            return Err(Error::field("role", "error-not-a-choice"));
        };
        if Reach::parse(&text(new, "reach")).is_none() {
            new.insert("reach".into(), role.usual_reach().name().into());
        }
        if let Some(old) = old {
            let was = old.text("role") == "administrator" && old.get("active").truth() == Some(true);
            let is = role == Role::Administrator && new.get("active").and_then(Value::truth) == Some(true);
            if was && !is {
                let others = tx
                    .number(
                        "SELECT count(*) FROM identity_user WHERE role = 'administrator' AND active AND archived_at IS NULL AND id <> $1",
                        binds![old.id],
                    )
                    .await?;
                if others == 0 {
                    return Err(Error::refused("error-user-last-administrator"));
                }
            }
            if new.get("active").and_then(Value::truth) == Some(false) && ctx.actor.user == Some(old.id) {
                return Err(Error::refused("error-user-yourself"));
            }
        }
        Ok(())
    }
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[zhike_store::registry::Saved]) -> Result<()> {
        // Whoever loses the right to sign in is out at once.
        for row in rows
            .iter()
            .filter(|r| r.new.get("active").and_then(Value::truth) == Some(false))
        {
            tx.exec("DELETE FROM identity_session WHERE user_id = $1", binds![row.id])
                .await?;
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        let mut off = record.values.clone();
        off.insert("active".into(), false.into());
        self.check(tx, ctx, Some(record), &mut off).await?;
        tx.exec("DELETE FROM identity_session WHERE user_id = $1", binds![record.id])
            .await
            .map(|_| ())
    }
}

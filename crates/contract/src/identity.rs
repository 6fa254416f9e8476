//! Who is signed in, and the names of users. Answered by the area `identity`.

use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc};
use zhike_kernel::{Actor, Result};
use zhike_store::Ctx;

/// A person (or program) at the door.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Rights.
    pub actor: Arc<Actor>,
    /// Chosen language, if any.
    pub language: Option<String>,
    /// The session, for signing out and for the CSRF token; `None` for a bearer token.
    pub session: Option<i64>,
}

/// A user as shown in lists and choices.
#[derive(Clone, Debug)]
pub struct UserLine {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Latin name, if any.
    pub name_latin: Option<String>,
    /// May still sign in.
    pub active: bool,
}

impl UserLine {
    /// The name for a reader; in Latin letters, if there are any, for one who prefers them.
    pub fn title(&self, latin: bool) -> &str {
        self.name_latin
            .as_deref()
            .filter(|l| latin && !l.is_empty())
            .unwrap_or(&self.name)
    }
}

/// Users as actors, for work that is done for them while they are away.
#[async_trait]
pub trait Actors: Send + Sync {
    /// The rights that a user has now; none for one who may no longer sign in.
    async fn of(&self, ctx: &Ctx, user: i64) -> Result<Option<Arc<Actor>>>;
}

/// The port.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The user behind a session cookie.
    async fn by_session(&self, secret: &str) -> Result<Option<SignedIn>>;
    /// The user behind a bearer token.
    async fn by_token(&self, secret: &str) -> Result<Option<SignedIn>>;
    /// All users, by name.
    async fn users(&self) -> Result<Arc<Vec<UserLine>>>;
    /// Forgets what it remembers, after a sign-out or a change of rights in this process.
    fn forget(&self) {}
    /// Names of users, in Latin letters for a reader who prefers them.
    async fn names(&self, latin: bool) -> Result<HashMap<i64, String>> {
        Ok(self
            .users()
            .await?
            .iter()
            .map(|u| (u.id, u.title(latin).to_owned()))
            .collect())
    }
}

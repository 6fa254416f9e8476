//! Who is signed in, and the names of users. Answered by the area `identity`.

use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc};
use zhike_kernel::{Actor, Result};

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
    /// Names of users.
    async fn names(&self) -> Result<HashMap<i64, String>> {
        Ok(self.users().await?.iter().map(|u| (u.id, u.name.clone())).collect())
    }
}

//! Access tokens of messengers: fetched once, kept in memory until shortly before they end.

use std::{collections::HashMap, future::Future, sync::Arc};
use tokio::sync::Mutex;
use zhike_kernel::Stamp;

/// Seconds before its end in which a token is not used any more.
const EARLY: i64 = 120;

/// Tokens by account.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Mutex<HashMap<String, (String, Stamp)>>>);

impl Tokens {
    /// The token under a key, or a new one with its life in seconds. Whoever asks meanwhile waits for the same one.
    pub(crate) async fn get<E, F>(&self, key: &str, now: Stamp, fetch: F) -> Result<String, E>
    where
        F: Future<Output = Result<(String, i64), E>>,
    {
        let mut kept = self.0.lock().await;
        if let Some((token, until)) = kept.get(key)
            && *until > now
        {
            return Ok(token.clone());
        }
        let (token, seconds) = fetch.await?;
        kept.insert(
            key.to_owned(),
            (token.clone(), now.plus_seconds((seconds - EARLY).max(1))),
        );
        Ok(token)
    }

    /// The other side does not take it any more.
    pub(crate) async fn drop(&self, key: &str) {
        self.0.lock().await.remove(key);
    }
}

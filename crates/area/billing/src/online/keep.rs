//! What is set up for paying online. The keys lie apart from the rest and are never handed out again.

use super::{provider::PaymentProvider, stripe::Stripe};
use serde::{Deserialize, Serialize};
use zhike_kernel::{Error, Result};
use zhike_store::{Query, Tx, setting};

/// Name of the setting.
const SETTING: &str = "online_payment";
/// Name of the setting with the keys.
const KEYS: &str = "online_payment.keys";
/// Where Stripe listens.
pub(crate) const USUAL: &str = "https://api.stripe.com";

/// What may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Setup {
    /// Customers may pay online.
    pub on: bool,
    /// Address of the provider's API.
    pub base: String,
    /// Address of this house as customers reach it; empty: as they came.
    pub site: String,
    /// Whose account.
    pub holder: String,
    pub bank: String,
    pub account: String,
    pub bic: String,
    /// What the customer should know.
    pub note: String,
}

impl Setup {
    /// Is there an account to send money to?
    pub(crate) fn has_bank(&self) -> bool {
        !self.account.is_empty()
    }
}

/// What must not be shown. It has no `Debug`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Keys {
    pub key: String,
    pub webhook: String,
}

/// What is set up.
pub(crate) async fn get(q: &dyn Query) -> Result<Setup> {
    let kept = setting::get(q, SETTING).await?;
    let mut found: Setup = kept.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default();
    if found.base.is_empty() {
        USUAL.clone_into(&mut found.base);
    }
    Ok(found)
}

/// The keys.
pub(crate) async fn keys(q: &dyn Query) -> Result<Keys> {
    let kept = setting::get(q, KEYS).await?;
    Ok(kept.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default())
}

/// Keeps both.
pub(crate) async fn set(tx: &Tx, setup: &Setup, keys: &Keys) -> Result<()> {
    setting::set(tx, SETTING, &serde_json::to_string(setup).map_err(Error::broken)?).await?;
    setting::set(tx, KEYS, &serde_json::to_string(keys).map_err(Error::broken)?).await
}

/// The provider with its keys, if one is set up; to open sessions it must be switched on too.
pub(crate) async fn provider(q: &dyn Query, opening: bool) -> Result<Option<Box<dyn PaymentProvider>>> {
    let (setup, keys) = (get(q).await?, keys(q).await?);
    let ready = if opening {
        setup.on && !keys.key.is_empty()
    } else {
        !keys.webhook.is_empty()
    };
    Ok(ready.then(|| {
        Box::new(Stripe {
            base: setup.base,
            key: keys.key,
            webhook: keys.webhook,
        }) as Box<dyn PaymentProvider>
    }))
}

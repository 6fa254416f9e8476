//! Who takes messages away, by channel; filled by the server.

use std::{fmt, sync::Arc};
use zhike_contract::Carrier;

/// The carriers there are. Of several for one channel the first that is set up takes the message.
#[derive(Clone, Default)]
pub struct Carriers(Arc<Vec<Arc<dyn Carrier>>>);

impl Carriers {
    /// These.
    pub fn new(all: Vec<Arc<dyn Carrier>>) -> Carriers {
        Carriers(Arc::new(all))
    }
    /// These, and after them others.
    pub fn and(&self, more: Vec<Arc<dyn Carrier>>) -> Carriers {
        let mut all: Vec<Arc<dyn Carrier>> = self.0.to_vec();
        all.extend(more);
        Carriers::new(all)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn Carrier>> {
        self.0.iter()
    }
}

impl fmt::Debug for Carriers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(|c| c.channel().word()).collect();
        f.debug_tuple("Carriers").field(&words).finish()
    }
}

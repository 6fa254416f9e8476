//! What every page needs and that seldom changes: the navigation as drawn, the saved views of a reader.

use crate::{Lang, Visit, records::View, ui::Frame};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use zhike_kernel::{Role, Stamp};

/// For how long another server's change to a view may stay unseen.
const SECONDS: i64 = 3;
/// So many readers' views are kept at most.
const READERS: usize = 5_000;

type Look = (Lang, Role, bool, &'static str);
type Reader = (&'static str, i64);
type Known = (Stamp, Arc<Vec<View>>);

/// See the module's text.
#[derive(Default)]
pub struct Kept {
    frames: Mutex<HashMap<Look, Arc<Frame>>>,
    views: Mutex<HashMap<Reader, Known>>,
}

impl Kept {
    /// The navigation with `active` lit; whoever has the same rights and language sees the same.
    pub fn frame(&self, visit: &Visit, active: &'static str, draw: impl FnOnce() -> Frame) -> Arc<Frame> {
        let actor = &visit.actor;
        let look = (visit.loc.lang, actor.role, actor.read_only, active);
        let mut frames = self.frames.lock().unwrap_or_else(|p| p.into_inner());
        frames.entry(look).or_insert_with(|| Arc::new(draw())).clone()
    }

    pub(crate) fn views(&self, of: Reader, now: Stamp) -> Option<Arc<Vec<View>>> {
        let views = self.views.lock().unwrap_or_else(|p| p.into_inner());
        let (at, views) = views.get(&of)?;
        (*at <= now && at.plus_seconds(SECONDS) > now).then(|| views.clone())
    }

    pub(crate) fn keep_views(&self, of: Reader, now: Stamp, found: Arc<Vec<View>>) {
        let mut views = self.views.lock().unwrap_or_else(|p| p.into_inner());
        if views.len() >= READERS {
            views.clear();
        }
        views.insert(of, (now, found));
    }

    pub(crate) fn forget_views(&self) {
        self.views.lock().unwrap_or_else(|p| p.into_inner()).clear();
    }
}

//! A request as handlers see it: who, in which language, through which door; and the app behind it.

use crate::{
    area::{NavItem, Tab},
    locale::{Catalog, Lang, Locale},
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{ops::Deref, sync::Arc};
use zhike_contract::{Guest, Guests, Identity};
use zhike_kernel::{Actor, Door, Error, Reach, Role};
use zhike_store::{Ctx, House};

/// The web side of a house.
pub struct App {
    /// The house.
    pub house: Arc<House>,
    /// All texts.
    pub catalog: Arc<Catalog>,
    /// Navigation of all areas.
    pub nav: Vec<NavItem>,
    /// Pieces of record pages.
    pub tabs: Vec<Tab>,
    /// What areas put around the pages of all.
    pub around: crate::area::Around,
    /// All routes, for OpenAPI and the guard tests.
    pub table: Vec<crate::routes::RouteInfo>,
    /// Who is signed in.
    pub identity: Arc<dyn Identity>,
    /// Who is signed in to the portal.
    pub guests: Arc<dyn Guests>,
    /// Signs CSRF tokens; of this database.
    pub secret: [u8; 32],
    /// Cookies only over TLS.
    pub secure: bool,
    /// Key of a sentence shown on every page (sample data), if any.
    pub notice: Option<String>,
    /// Name of the company, shown above the navigation.
    pub company: String,
    /// Wakes the job worker.
    pub nudge: Arc<tokio::sync::Notify>,
    /// What need not be read or drawn again for every page.
    pub kept: crate::kept::Kept,
}

/// The request. It is a [`Ctx`] with a language.
#[derive(Clone)]
pub struct Visit {
    /// Actor, door, house.
    pub ctx: Ctx,
    /// The app.
    pub app: Arc<App>,
    /// Language and zone.
    pub loc: Locale,
    /// Token for forms and scripts.
    pub csrf: String,
    /// The session, if signed in on the page.
    pub session: Option<i64>,
    /// Who is signed in to the portal.
    pub guest: Option<Arc<Guest>>,
    /// Asked by htmx: a fragment is enough.
    pub fragment: bool,
    /// Path and query as asked.
    pub uri: String,
    /// Called by a program (`/api/…`).
    pub api: bool,
    /// `light` or `dark`, if chosen.
    pub theme: Option<String>,
    /// Address of the caller, for the rate limit.
    pub peer: String,
    /// The visitor's name as the page shows it.
    pub shown: String,
    known: bool,
}

impl Deref for Visit {
    type Target = Ctx;
    fn deref(&self) -> &Ctx {
        &self.ctx
    }
}

impl Visit {
    /// The system itself asking, from the command line.
    pub fn inside(app: &Arc<App>, lang: Lang) -> Visit {
        Visit {
            ctx: Ctx::system(&app.house, Door::Cli),
            app: app.clone(),
            loc: Locale {
                lang,
                zone: app.house.zone.clone(),
                catalog: app.catalog.clone(),
            },
            csrf: String::new(),
            session: None,
            guest: None,
            fragment: false,
            uri: "/".into(),
            api: false,
            theme: None,
            peer: "local".into(),
            shown: String::new(),
            known: true,
        }
    }
    /// Somebody is signed in.
    pub fn signed_in(&self) -> bool {
        self.known
    }
    /// The guest of the portal; routes with [`crate::GUEST`] have one.
    pub fn need_guest(&self) -> zhike_kernel::Result<&Guest> {
        self.guest.as_deref().ok_or_else(Error::no_guest)
    }
    /// May the actor do this?
    pub fn may(&self, permission: &str) -> bool {
        self.ctx.actor.may(permission)
    }
    /// In the language of the query (`lang`), for pages whose reader has no account that remembers one; else in this one.
    pub fn speaking(&self, query: &crate::Fields, usual: Option<Lang>) -> Visit {
        let mut visit = self.clone();
        if let Some(lang) = query.get("lang").and_then(Lang::parse).or(usual) {
            visit.loc.lang = lang;
            visit.ctx.latin = !visit.loc.is_zh();
        }
        visit
    }
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.uri.split('?').next().unwrap_or("/")
    }
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = crate::answer::Failure;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Visit, Self::Rejection> {
        parts
            .extensions
            .get::<Visit>()
            .cloned()
            .ok_or_else(|| crate::answer::Failure(Error::broken("no visit")))
    }
}

/// The session cookie.
pub const SESSION: &str = "zhike_session";
/// The session cookie of the portal.
pub const GUEST_SESSION: &str = "zhike_guest";

/// A cookie's value.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| {
            let (k, v) = pair.trim().split_once('=')?;
            (k == name).then_some(v)
        })
}

/// The layer that makes a [`Visit`] of each request and refuses forged ones.
pub async fn enter(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    // A request's body is not to be shared between threads, its head is.
    let (head, body) = request.into_parts();
    let made = make(&app, &head).await;
    let mut request = Request::from_parts(head, body);
    let visit = match made {
        Ok(visit) => visit,
        Err(e) => return crate::answer::Failure(e).into_response(),
    };
    if let Err(e) = same_site(&visit, &request) {
        request.extensions_mut().insert(visit.clone());
        return crate::answer::render(&visit, &e);
    }
    let chosen = chosen(request.uri()).filter(|_| !visit.api && !visit.signed_in() && opened(&request));
    request.extensions_mut().insert(visit.clone());
    let mut response = crate::answer::finish(&visit, next.run(request).await).await;
    if let Some(lang) = chosen {
        crate::answer::set_cookie(&mut response, &visit, "lang", lang.code(), 31_536_000, false);
    }
    response
}

async fn make(app: &Arc<App>, head: &Parts) -> zhike_kernel::Result<Visit> {
    let headers = &head.headers;
    let path = head.uri.path();
    let api = path.starts_with("/api/");
    let bearer = headers
        .get("authorization")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let signed = match (bearer, cookie(headers, SESSION)) {
        (Some(token), _) => app.identity.by_token(token.trim()).await?,
        (None, Some(secret)) => app.identity.by_session(secret).await?,
        (None, None) => None,
    };
    let guest = match cookie(headers, GUEST_SESSION) {
        Some(secret) if !api => app.guests.by_session(secret).await?.map(Arc::new),
        _ => None,
    };
    let asked = chosen(&head.uri).filter(|_| !api).map(Lang::code);
    let lang = signed
        .as_ref()
        .and_then(|s| s.language.as_deref())
        .or(asked)
        .or_else(|| cookie(headers, "lang"))
        .or(guest.as_ref().and_then(|g| g.language.as_deref()))
        .and_then(Lang::parse)
        .or_else(|| {
            headers
                .get("accept-language")
                .and_then(|v| v.to_str().ok())
                .and_then(Lang::accept)
        })
        .unwrap_or(Lang::En);
    let known = signed.is_some();
    let session = signed.as_ref().and_then(|s| s.session);
    let nobody = || {
        Arc::new(Actor {
            user: None,
            name: String::new(),
            role: Role::Analyst,
            reach: Reach::Own,
            team: vec![],
            read_only: true,
            only: vec![],
        })
    };
    let actor = signed.map_or_else(nobody, |s| s.actor);
    // Programs get names as they are kept.
    let latin = !api && lang == Lang::En;
    let mut shown = actor.name.clone();
    if let Some(user) = actor.user.filter(|_| latin)
        && let Some(line) = app.identity.users().await?.iter().find(|u| u.id == user)
    {
        shown = line.title(latin).to_owned();
    }
    let door = if api { Door::Api } else { Door::Page };
    let peer = head
        .extensions
        .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
        .map_or_else(|| "local".to_owned(), |a| a.0.ip().to_string());
    Ok(Visit {
        ctx: Ctx {
            house: app.house.clone(),
            actor,
            door,
            latin,
        },
        shown,
        app: app.clone(),
        loc: Locale {
            lang,
            zone: app.house.zone.clone(),
            catalog: app.catalog.clone(),
        },
        csrf: csrf(&app.secret, session.unwrap_or(0)),
        session,
        guest,
        fragment: headers.contains_key("hx-request"),
        uri: head.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        api,
        theme: cookie(headers, "theme").map(str::to_owned),
        peer,
        known,
    })
}

/// A page of ours opened in a window of its own: a form in somebody else's page gets no cookie from us.
fn opened(request: &Request) -> bool {
    let says = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    request.method() == Method::GET
        && says("sec-fetch-site") != Some("cross-site")
        && says("sec-fetch-dest").is_none_or(|dest| dest == "document")
}

/// The language that the address names (`?lang=`): the switch on pages without a user.
fn chosen(uri: &axum::http::Uri) -> Option<Lang> {
    let pairs = uri.query()?.split('&');
    pairs.filter_map(|p| p.strip_prefix("lang=")).find_map(Lang::parse)
}

fn csrf(secret: &[u8; 32], session: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(b"csrf");
    mac.update(&session.to_be_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .take(20)
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// A write with a cookie must come from our own pages: it carries the token, or the browser says that it is same-origin.
fn same_site(visit: &Visit, request: &Request) -> zhike_kernel::Result<()> {
    let headers = request.headers();
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // A token is sent on purpose; a cookie by any page that asks the browser to.
    let by_token = visit.signed_in() && visit.session.is_none();
    // Nobody is signed in and a program asks: there is nothing to forge, and the route's guard turns strangers away.
    let nobody = visit.api && !visit.signed_in();
    let path = request.uri().path();
    let one_click = visit.app.table.iter().any(|r| r.one_click_at(path));
    if harmless || by_token || nobody || one_click {
        return Ok(());
    }
    if let Some(token) = headers.get("x-csrf") {
        return if token.as_bytes() == visit.csrf.as_bytes() {
            Ok(())
        } else {
            Err(Error::refused("error-csrf"))
        };
    }
    let header = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let fetched = header("sec-fetch-site").is_some_and(|s| s == "same-origin");
    let origin = match (header("origin"), header("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, o)| o == host),
        _ => false,
    };
    if fetched || (origin && header("sec-fetch-site").is_none()) {
        Ok(())
    } else {
        Err(Error::refused("error-csrf"))
    }
}

/// 32 random bytes for a new house.
pub fn new_secret() -> [u8; 32] {
    let mut bytes = [0_u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
    bytes
}

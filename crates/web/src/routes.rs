//! Routes that cannot exist without a permission.

use crate::{
    answer::Failure,
    input::Json,
    takes::{Argument, Takes, Taking},
    visit::{App, Visit},
};
use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use zhike_kernel::Error;

/// Anybody, signed in or not.
pub const PUBLIC: &str = "public";
/// Whoever is signed in to the portal; the handler finds them in [`Visit::guest`].
pub const GUEST: &str = "guest";
/// Anybody who is signed in.
pub const SIGNED_IN: &str = "signed-in";

/// A route as the guard test sees it.
#[derive(Clone, Debug)]
pub struct RouteInfo {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// Path with `{…}` for its variables.
    pub path: String,
    /// Permission asked at the door.
    pub permission: String,
    /// What its body and its answer look like, as JSON Schema texts, where that is described by hand.
    pub schemas: Option<(&'static str, &'static str)>,
    /// What its handler takes from the body.
    pub takes: Takes,
    /// Kinds of file that it takes as the body, as they are.
    pub files: &'static [&'static str],
    /// See [`Routes::one_click`].
    pub one_click: bool,
}

impl RouteInfo {
    /// Is this a path of a route that takes posts from anywhere?
    pub(crate) fn one_click_at(&self, path: &str) -> bool {
        let before = self.path.split('{').next().unwrap_or(&self.path);
        self.one_click && path.starts_with(before)
    }
}

/// Routes with their permissions.
#[derive(Default)]
pub struct Routes {
    pub(crate) router: Router<Arc<App>>,
    /// What there is.
    pub table: Vec<RouteInfo>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Routes {
        Routes::default()
    }
    /// `GET`.
    pub fn get<H: Handler<T, Arc<App>>, T: Taking + 'static>(self, path: &str, permission: &str, handler: H) -> Routes {
        self.add("GET", MethodFilter::GET, path, permission, handler)
    }
    /// `POST`.
    pub fn post<H: Handler<T, Arc<App>>, T: Taking + 'static>(
        self,
        path: &str,
        permission: &str,
        handler: H,
    ) -> Routes {
        self.add("POST", MethodFilter::POST, path, permission, handler)
    }
    /// `PUT`.
    pub fn put<H: Handler<T, Arc<App>>, T: Taking + 'static>(self, path: &str, permission: &str, handler: H) -> Routes {
        self.add("PUT", MethodFilter::PUT, path, permission, handler)
    }
    /// `PATCH`.
    pub fn patch<H: Handler<T, Arc<App>>, T: Taking + 'static>(
        self,
        path: &str,
        permission: &str,
        handler: H,
    ) -> Routes {
        self.add("PATCH", MethodFilter::PATCH, path, permission, handler)
    }
    /// `DELETE`.
    pub fn delete<H: Handler<T, Arc<App>>, T: Taking + 'static>(
        self,
        path: &str,
        permission: &str,
        handler: H,
    ) -> Routes {
        self.add("DELETE", MethodFilter::DELETE, path, permission, handler)
    }
    /// Describes the body and the answer of the route added last, as JSON Schema texts.
    pub fn described(mut self, body: &'static str, answer: &'static str) -> Routes {
        if let Some(last) = self.table.last_mut() {
            last.schemas = Some((body, answer));
        }
        self
    }
    /// The JSON that the route added last reads by itself, where its handler takes the request whole.
    pub fn reads<B: DeserializeOwned>(mut self) -> Routes {
        if let Some(last) = self.table.last_mut() {
            last.takes = Json::<B>::TAKES;
        }
        self
    }
    /// The kinds of file (media types) that the route added last takes as its body, as they are.
    pub fn files(mut self, kinds: &'static [&'static str]) -> Routes {
        if let Some(last) = self.table.last_mut() {
            last.files = kinds;
        }
        self
    }
    /// The address of the route added last is itself the permission: it is posted to from outside (RFC 8058), without the
    /// token that forms of our own pages carry.
    pub fn one_click(mut self) -> Routes {
        if let Some(last) = self.table.last_mut() {
            last.one_click = true;
        }
        self
    }
    /// The router behind them.
    pub fn into_router(self) -> Router<Arc<App>> {
        self.router
    }
    /// Both.
    pub fn and(mut self, other: Routes) -> Routes {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    fn add<H: Handler<T, Arc<App>>, T: Taking + 'static>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &str,
        permission: &str,
        handler: H,
    ) -> Routes {
        let asked: Arc<str> = permission.into();
        let guarded = on(filter, handler).route_layer(from_fn(move |request: Request, next: Next| {
            let asked = asked.clone();
            async move { guard(&asked, request, next).await }
        }));
        self.router = self.router.route(path, guarded);
        self.table.push(RouteInfo {
            method,
            path: path.to_owned(),
            permission: permission.to_owned(),
            schemas: None,
            takes: T::takes(),
            files: &[],
            one_click: false,
        });
        self
    }
}

async fn guard(permission: &str, request: Request, next: Next) -> Response {
    if permission == GUEST {
        let known = request.extensions().get::<Visit>().is_some_and(|v| v.guest.is_some());
        if !known {
            return Failure(Error::no_guest()).into_response();
        }
    } else if permission != PUBLIC {
        match request.extensions().get::<Visit>() {
            Some(visit) if visit.signed_in() => {
                // A narrow token opens only the doors that are named on it.
                let narrow = !visit.ctx.actor.only.is_empty();
                let shut = if permission == SIGNED_IN {
                    narrow
                } else {
                    !visit.ctx.actor.may(permission)
                };
                if shut {
                    return Failure(Error::forbidden(permission)).into_response();
                }
            }
            _ => return Failure(Error::unknown()).into_response(),
        }
    }
    next.run(request).await
}

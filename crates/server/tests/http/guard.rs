//! Guards over the whole house: no route without a permission, no text missing in a language, no event that nobody
//! declared, no page that breaks.

use zhike_testkit::TestApp;
use zhike_web::Takes;

/// Paths that anybody may open. A new one is entered here on purpose.
const OPEN: &[&str] = &[
    "GET /",
    "GET /about/licences",
    "GET /api/v1/openapi.json",
    "GET /c/{token}",
    "GET /complain",
    "GET /embed/message.js",
    "GET /embed/visits.js",
    "GET /embed/visits/{token}",
    "GET /f/{token}",
    "GET /get/{token}",
    "GET /get/{token}/{file}",
    "GET /health",
    "GET /leave/{token}",
    "GET /m/{token}",
    "GET /pay/{token}",
    "GET /portal/enter/{token}",
    "GET /portal/sign-in",
    "GET /problems/{code}",
    "GET /q/{token}",
    "GET /q/{token}/pdf",
    "GET /sign-in",
    "GET /wishes/{token}",
    "POST /api/v1/channel-hooks/{key}",
    "POST /api/v1/pay/{provider}/webhook",
    "POST /api/v1/shop-hooks/{key}",
    "POST /api/v1/web-visits/{token}",
    "POST /c/{token}/verdict",
    "POST /c/{token}/wish",
    "POST /complain",
    "POST /f/{token}",
    "POST /leave/{token}",
    "POST /m/{token}",
    "POST /me/language",
    "POST /pay/{token}/checkout",
    "POST /portal/enter/{token}",
    "POST /portal/link",
    "POST /portal/sign-in",
    "POST /q/{token}/answer",
    "POST /sign-in",
    "POST /wishes/{token}",
    "POST /api/v1/switchboards/{id}/events",
    "PUT /api/v1/switchboards/{id}/recording",
];

/// Parts of pages that mean nothing without their question: they say so with 404, or with 204 while there is nothing.
const PARTS: [&str; 5] = [
    "/calls/ringing",
    "/deals/board/lane",
    "/deals/funnel/deals",
    "/deals/win-loss/deals",
    "/imports/template",
];

fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "1" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn no_route_lets_a_stranger_in() {
    let app = TestApp::boot().await;
    let nobody = app.anonymous();
    for route in &app.app.table {
        let name = format!("{} {}", route.method, route.path);
        if OPEN.contains(&name.as_str()) {
            continue;
        }
        assert_ne!(
            route.permission,
            zhike_web::PUBLIC,
            "{name} is open to everybody and not on the list"
        );
        let reply = nobody.api(route.method, &filled(&route.path), None, &[]).await;
        let door = if route.permission == zhike_web::GUEST {
            "/portal/sign-in"
        } else {
            "/sign-in"
        };
        let turned_away = reply.status == 401 || (reply.status == 303 && reply.location().starts_with(door));
        assert!(turned_away, "{name} answered a stranger with {}", reply.status);
    }
    app.stop().await;
}

#[tokio::test]
async fn no_route_serves_who_may_not() {
    let app = TestApp::boot().await;
    app.user("rep", "salesperson").await;
    let rep = app.login("rep").await;
    let role = zhike_kernel::Role::Salesperson;
    let mut refused = 0;
    for route in &app.app.table {
        if [zhike_web::PUBLIC, zhike_web::SIGNED_IN].contains(&route.permission.as_str()) || role.may(&route.permission)
        {
            continue;
        }
        let reply = rep.api(route.method, &filled(&route.path), None, &[]).await;
        if route.permission == zhike_web::GUEST {
            // Whoever is signed in to the house is not signed in to the portal.
            assert!(
                reply.location().starts_with("/portal/sign-in"),
                "{} {}",
                route.method,
                route.path
            );
            continue;
        }
        assert_eq!(
            reply.status, 403,
            "{} {} (permission {})",
            route.method, route.path, route.permission
        );
        refused += 1;
    }
    assert!(refused > 20, "only {refused} routes are closed to salespeople");
    app.stop().await;
}

#[tokio::test]
async fn every_declared_word_is_there_in_both_languages() {
    let app = TestApp::boot().await;
    let mut missing = vec![];
    for lang in zhike_web::Lang::ALL {
        let loc = zhike_web::Locale {
            lang,
            zone: app.app.house.zone.clone(),
            catalog: app.app.catalog.clone(),
        };
        let mut need = |key: String| {
            if !loc.has(&key) {
                missing.push(format!("{} {key}", lang.code()));
            }
        };
        for ty in app.app.house.registry.types() {
            need(format!("{}-one", ty.name));
            need(format!("{}-many", ty.name));
            ty.views
                .iter()
                .for_each(|v| need(format!("{}-view-{}", ty.name, v.key)));
            for field in &ty.fields {
                need(ty.label(field.name));
                if field.source == zhike_store::Source::Own && field.editable {
                    need(format!("{}-group-{}", ty.name, field.group));
                }
                if let zhike_store::FieldKind::Choice(words) | zhike_store::FieldKind::Many(words) = field.kind {
                    words
                        .iter()
                        .for_each(|w| need(format!("{}-{}-{w}", ty.name, field.name)));
                }
            }
        }
        for tab in app.app.tabs.iter().filter(|t| t.place == zhike_web::Place::Tab) {
            need(format!("{}-tab-{}", tab.of, tab.key));
        }
        for item in &app.app.nav {
            need(format!("nav-{}", item.key));
        }
        for job in app.worker.names() {
            need(format!("job-{}", job.replace('.', "-")));
        }
        for event in app.app.house.registry.events() {
            need(format!(
                "event-{}",
                event.name.trim_end_matches(".v1").replace('.', "-")
            ));
        }
    }
    missing.sort();
    missing.dedup();
    assert!(
        missing.is_empty(),
        "{} words are missing:\n{}",
        missing.len(),
        missing.join("\n")
    );
    app.stop().await;
}

#[tokio::test]
async fn every_event_has_a_listener_or_a_reason() {
    let app = TestApp::boot().await;
    let registry = &app.app.house.registry;
    for event in registry.events() {
        assert!(event.name.ends_with(".v1"), "{} has no version", event.name);
        let heard = registry.listeners().contains_key(&event.name);
        assert!(
            heard || !event.reason.is_empty(),
            "{} has neither a listener nor a reason",
            event.name
        );
    }
    for kind in registry.listeners().keys() {
        assert!(
            registry.events().iter().any(|e| e.name == *kind),
            "a listener waits for {kind}, which nobody declares"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn every_page_opens_empty_in_both_languages() {
    let app = TestApp::boot().await;
    for client in [app.login("admin").await, app.login_zh("admin").await] {
        for route in app
            .app
            .table
            .iter()
            .filter(|r| r.method == "GET" && !r.path.contains('{') && !r.path.starts_with("/api/"))
            // What nobody may do by hand (writing a message) has no page for anybody.
            .filter(|r| {
                [zhike_web::PUBLIC, zhike_web::SIGNED_IN].contains(&r.permission.as_str())
                    || zhike_kernel::Role::Administrator.may(&r.permission)
            })
        {
            let reply = client.get(&route.path).await;
            let part = PARTS.contains(&route.path.as_str()) && matches!(reply.status, 204 | 404);
            assert!(
                part || matches!(reply.status, 200 | 303 | 422),
                "GET {} answered {}: {}",
                route.path,
                reply.status,
                reply.body
            );
        }
    }
    let missing = zhike_web::locale::missing();
    assert!(
        missing.is_empty(),
        "pages asked for words that are not there: {missing:?}"
    );
    app.stop().await;
}

#[tokio::test]
async fn answers_carry_the_security_headers() {
    let app = TestApp::boot().await;
    let admin = app.login("admin").await;
    for path in ["/parties", "/sign-in", "/nowhere", "/api/v1/parties"] {
        let reply = admin.get(path).await;
        let csp = reply.header("content-security-policy").unwrap_or("");
        assert!(
            csp.contains("script-src 'self'") && !csp.contains("script-src 'self' 'unsafe"),
            "{path}: {csp}"
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn every_address_of_the_api_says_what_it_is_for() {
    let app = TestApp::boot().await;
    let admin = app.user("second", "administrator").await;
    let described = app
        .token(admin, false)
        .await
        .get("/api/v1/openapi.json")
        .await
        .expect(200)
        .json();
    let (mut silent, mut bare) = (vec![], vec![]);
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["summary"].as_str().is_some_and(|s| s.starts_with('/')) {
                silent.push(format!("{method} {path}"));
            }
        }
    }
    assert!(silent.is_empty(), "crates/server/i18n/*/routes.ftl: {silent:#?}");
    // What takes a body says what it must be: by the type of its handler's argument, or by `Routes::described`.
    for route in &app.app.table {
        let path = route.path.as_str();
        // These read headers only.
        if route.method == "GET" || route.method == "DELETE" || path.ends_with("/restore") || path.contains("/undo/") {
            continue;
        }
        let raw = path.starts_with("/api/") && matches!(route.takes, Takes::Raw | Takes::Form);
        if raw && described["paths"][path][route.method.to_lowercase()]["requestBody"].is_null() {
            bare.push(format!("{} {path}", route.method));
        }
    }
    assert!(bare.is_empty(), "bodies nobody describes: {bare:#?}");
    app.stop().await;
}

//! Style, scripts, font and icons: kept in the binary, served under an address that holds their hash, so that a browser
//! keeps them for ever and a new version is a new address.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::OnceLock;

struct Source {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! source {
    ($name:literal, $path:literal, $kind:expr) => {
        Source {
            name: $name,
            kind: $kind,
            bytes: include_bytes!(concat!("../assets/", $path)),
        }
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const FONT: &str = "font/woff2";

/// The font comes first: the style sheet names its address.
static SOURCES: [Source; 9] = [
    source!("inter-latin.woff2", "vendor/inter-latin.woff2", FONT),
    source!("sprite.svg", "sprite.svg", SVG),
    source!("favicon.svg", "favicon.svg", SVG),
    source!("app.css", "app.css", CSS),
    source!("app.js", "app.js", JS),
    source!("charts.js", "charts.js", JS),
    source!("htmx.min.js", "vendor/htmx.min.js", JS),
    source!("Sortable.min.js", "vendor/Sortable.min.js", JS),
    source!("echarts.common.min.js", "vendor/echarts.common.min.js", JS),
];

struct Asset {
    name: &'static str,
    kind: &'static str,
    plain: Bytes,
    hash: String,
    url: String,
    brotli: OnceLock<Bytes>,
}

fn all() -> &'static [Asset] {
    static ALL: OnceLock<Vec<Asset>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut out: Vec<Asset> = vec![];
        for source in &SOURCES {
            let plain = match (source.name, std::str::from_utf8(source.bytes), out.first()) {
                // A style sheet finds its font by the hashed address, not beside itself.
                ("app.css", Ok(css), Some(font)) => Bytes::from(css.replace("vendor/inter-latin.woff2", &font.url)),
                _ => Bytes::from_static(source.bytes),
            };
            let mut hash = String::new();
            for byte in Sha256::digest(&plain).iter().take(8) {
                let _ = write!(hash, "{byte:02x}");
            }
            let url = format!("/assets/{hash}/{}", source.name);
            out.push(Asset {
                name: source.name,
                kind: source.kind,
                plain,
                hash,
                url,
                brotli: OnceLock::new(),
            });
        }
        out
    })
}

fn find(name: &str) -> Option<&'static Asset> {
    all().iter().find(|a| a.name == name)
}

/// The address of an asset, with the hash of its contents.
pub fn url(name: &str) -> String {
    match find(name) {
        Some(asset) => asset.url.clone(),
        None => {
            tracing::error!(name, "no such asset");
            format!("/assets/none/{name}")
        }
    }
}

/// Compresses everything that is text. Slow (seconds for the chart library): [`routes`] starts it on a thread of its
/// own; until it is through, files are served as they are.
pub fn compress() {
    // An unoptimised build would take minutes at the best quality.
    let quality = if cfg!(debug_assertions) { 2 } else { 11 };
    for asset in all().iter().filter(|a| a.kind != FONT) {
        asset.brotli.get_or_init(|| {
            let mut out = Vec::with_capacity(asset.plain.len() / 3);
            let mut writer = brotli::CompressorWriter::new(&mut out, 64 * 1024, quality, 22);
            let written = std::io::Write::write_all(&mut writer, &asset.plain);
            drop(writer);
            if let Err(error) = written {
                tracing::error!(name = asset.name, %error, "not compressed");
                return asset.plain.clone();
            }
            Bytes::from(out)
        });
    }
}

/// The routes below `/assets`; also starts the compression.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        std::thread::spawn(compress);
    });
    Router::new()
        .route("/assets/{hash}/{name}", get(serve))
        .route("/favicon.ico", get(favicon))
}

async fn favicon(headers: HeaderMap) -> Response {
    serve(Path(("none".to_owned(), "favicon.svg".to_owned())), headers).await
}

async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // An old page may ask with an old hash: it gets today's file, but must not keep it under that address.
    let caching = if hash == asset.hash {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let tag = format!("\"{}\"", asset.hash);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|t| t.trim().trim_start_matches("W/") == tag));
    let packed = asset
        .brotli
        .get()
        .filter(|b| b.len() < asset.plain.len() && takes_brotli(&headers));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(packed.unwrap_or(&asset.plain).clone()).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    if packed.is_some() && !known {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .any(|value| {
            value.split(',').any(|part| {
                let mut pieces = part.split(';').map(str::trim);
                let name = pieces.next().unwrap_or_default();
                let refused = pieces.any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                name.eq_ignore_ascii_case("br") && !refused
            })
        })
}

/// The licences of everything that is served from here, for `/about/licences`.
pub fn licences() -> &'static str {
    concat!(
        include_str!("../assets/vendor/VENDOR.txt"),
        "\n\n---------- htmx ----------\n\n",
        include_str!("../assets/vendor/LICENSE.htmx.txt"),
        "\n\n---------- SortableJS ----------\n\n",
        include_str!("../assets/vendor/LICENSE.sortable.txt"),
        "\n\n---------- Apache ECharts ----------\n\n",
        include_str!("../assets/vendor/NOTICE.echarts.txt"),
        "\n\n",
        include_str!("../assets/vendor/LICENSE.echarts.txt"),
        "\n\n---------- Inter ----------\n\n",
        include_str!("../assets/vendor/LICENSE.inter.txt"),
        "\n\n---------- Tabler Icons ----------\n\n",
        include_str!("../assets/vendor/LICENSE.tabler-icons.txt"),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use axum::http::Request;
    use tower::ServiceExt as _;

    async fn get(url: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        routes::<()>()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    async fn body(response: Response) -> Bytes {
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap()
    }

    #[tokio::test]
    async fn a_hashed_address_is_kept_for_ever_and_a_stale_one_is_not() {
        let response = get(&url("app.js"), &[]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], JS);
        assert!(
            response.headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        let tag = response.headers()["etag"].clone();
        assert_eq!(body(response).await, SOURCES[4].bytes);
        let again = get(&url("app.js"), &[("if-none-match", tag.to_str().unwrap())]).await;
        assert_eq!(again.status(), 304);
        let stale = get("/assets/0123/app.js", &[]).await;
        assert_eq!(stale.status(), 200);
        assert_eq!(stale.headers()["cache-control"], "no-cache");
        assert_eq!(get("/assets/0123/none.js", &[]).await.status(), 404);
        assert_eq!(get("/favicon.ico", &[]).await.headers()["content-type"], SVG);
    }

    #[tokio::test]
    async fn brotli_is_served_to_those_who_take_it() {
        compress();
        let packed = get(&url("app.css"), &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(packed.headers()["content-encoding"], "br");
        let bytes = body(packed).await;
        let mut plain = vec![];
        brotli::BrotliDecompress(&mut bytes.as_ref(), &mut plain).unwrap();
        assert_eq!(plain, find("app.css").unwrap().plain);
        for refusal in ["gzip", "br;q=0"] {
            let whole = get(&url("app.css"), &[("accept-encoding", refusal)]).await;
            assert!(!whole.headers().contains_key("content-encoding"), "{refusal}");
        }
    }

    #[test]
    fn the_style_sheet_names_the_font_by_its_hashed_address() {
        let css = std::str::from_utf8(&find("app.css").unwrap().plain).unwrap();
        assert!(css.contains(&url("inter-latin.woff2")));
        assert!(!css.contains("vendor/"));
    }

    #[test]
    fn all_licences_are_there() {
        for name in ["htmx", "Sortable", "Apache License", "SIL OPEN FONT LICENSE", "Tabler"] {
            assert!(licences().to_lowercase().contains(&name.to_lowercase()), "{name}");
        }
    }
}

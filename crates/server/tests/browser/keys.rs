//! An order of five lines by the keys alone: the customer, products by name and number, quantities, a price of its own, confirmed.

use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use zhike_store::Query;
use zhike_testkit::{TestApp, browser::Browser};

const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const CONTROL: &str = "\u{e009}";
const SHIFT: &str = "\u{e008}";
const ESCAPE: &str = "\u{e00c}";

/// What is typed for a line: how the product is looked for, how many, and the price if it is not the catalogue's.
const LINES: [(&str, &str, Option<&str>); 5] = [
    ("bump-2", "3", None),
    ("hulan", "12", None),
    ("CABLE-10", "2.5", Some("19.90")),
    ("motor", "1", None),
    ("seal", "40", None),
];

async fn house(app: &TestApp) {
    let api = app.token(app.user("root", "administrator").await, false).await;
    let send = async |path: &str, body: Json| {
        api.api("POST", path, Some(&body), &[]).await.expect(201);
    };
    for name in ["青禾乳业", "青山机械", "North Harbour Ltd"] {
        send("/api/v1/parties", json!({"name": name})).await;
    }
    for (sku, name, price) in [
        ("BUMP-1", "缓冲块 小", "8"),
        ("BUMP-2", "缓冲块 大", "11"),
        ("RAIL-7", "护栏", "120"),
        ("CABLE-10", "电缆 10 米", "25"),
        ("CABLE-100", "电缆 100 米", "210"),
        ("M-400", "Motor 400 W", "900"),
        ("S-1", "Seal ring", "0.35"),
    ] {
        // Cable is measured, the rest is counted.
        let unit = if sku.starts_with("CABLE") { "米" } else { "件" };
        let product = json!({"sku": sku, "name": name, "price": price, "unit": unit});
        send("/api/v1/products", product).await;
    }
}

/// Where the focus is, and whether one sees it.
async fn on(b: &Browser, css: &str) {
    b.until(&format!("return document.activeElement?.matches('{css}') === true"))
        .await;
    let ring = b
        .script("const s = getComputedStyle(document.activeElement); return s.boxShadow !== 'none' || s.outlineStyle !== 'none'")
        .await;
    assert_eq!(ring, true, "the focus on {css} is seen");
}

struct Hand<'a> {
    b: &'a Browser,
    pressed: usize,
}

impl Hand<'_> {
    async fn press(&mut self, keys: &str) {
        self.pressed += keys.chars().filter(|c| !matches!(c, '\u{e008}' | '\u{e009}')).count();
        self.b.keys(keys).await;
    }
}

async fn five_lines(app: &TestApp, language: &str, customer: &str, confirmed: &str) {
    let b = Browser::open(&app.url, 1440, 900, language).await;
    b.sign_in("admin").await;
    let began = Instant::now();
    let mut hand = Hand { b: &b, pressed: 0 };
    hand.press("go").await;
    b.until("return location.pathname === '/orders' && document.querySelector('[data-new]') !== null")
        .await;
    hand.press("c").await;
    b.until("return location.pathname === '/orders/new'").await;
    on(&b, "#f-party_id").await;
    // Nobody waits for the list of hits: what is typed after it comes in its turn.
    hand.press(&format!("{customer}{ENTER}")).await;
    hand.press(&format!("{CONTROL}{ENTER}")).await;
    b.until("return /^\\/orders\\/\\d+\\/lines$/.test(location.pathname)")
        .await;
    on(&b, "form[data-htmx-powered] #f-product_id").await;
    for (product, quantity, price) in LINES {
        // All at once, as from a scanner: nothing gets lost between a line that is being saved and the next.
        hand.press(&format!("{product}{ENTER}{quantity}")).await;
        if let Some(price) = price {
            hand.press(&format!("{TAB}{TAB}{price}")).await;
        }
        hand.press(ENTER).await;
    }
    b.until(r#"return document.querySelectorAll('#order-lines [hx-get*="line-form?line="]').length === 5"#)
        .await;
    on(&b, "#f-product_id").await;
    b.assert_fits().await;
    b.shot(&format!("keys-lines-{language}")).await;
    hand.press(&format!("{CONTROL}{SHIFT}{ENTER}")).await;
    b.until(&format!(
        "return document.body.innerText.includes('{confirmed}') && !location.pathname.endsWith('/lines')"
    ))
    .await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    eprintln!("{language}: five lines in {} keys and {took:?}", hand.pressed);

    let order = app
        .app
        .house
        .db
        .number("SELECT max(id) FROM order_order", vec![])
        .await
        .unwrap();
    let sql = "SELECT p.sku, l.quantity, l.unit_price, l.manual_price FROM order_line l JOIN catalog_product p ON p.id = l.product_id \
               WHERE l.order_id = $1 ORDER BY l.id";
    let rows = app.app.house.db.all(sql, zhike_store::binds![order]).await.unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|r| {
            (
                r.text(0).unwrap(),
                r.int(1).unwrap(),
                r.int(2).unwrap(),
                r.bool(3).unwrap(),
            )
        })
        .collect();
    let meant = [
        ("BUMP-2", 3_000, 1_100, false),
        ("RAIL-7", 12_000, 12_000, false),
        ("CABLE-10", 2_500, 1_990, true),
        ("M-400", 1_000, 90_000, false),
        ("S-1", 40_000, 35, false),
    ]
    .map(|(sku, quantity, price, own)| (sku.to_owned(), quantity, price, own));
    assert_eq!(found, meant);
    let errors = b.console_errors().await;
    assert!(errors.is_empty(), "{errors:?}");
    b.close().await;
}

#[tokio::test]
async fn five_lines_are_ordered_by_the_keys_alone() {
    let app = TestApp::boot().await;
    house(&app).await;
    five_lines(&app, "zh-CN", "青禾", "已确认").await;
    five_lines(&app, "en", "north", "Confirmed").await;
    app.stop().await;
}

#[tokio::test]
async fn a_line_is_mended_and_left_by_the_keys() {
    let app = TestApp::boot().await;
    house(&app).await;
    let b = Browser::open(&app.url, 1440, 900, "en").await;
    b.sign_in("admin").await;
    b.goto("/orders/new").await;
    on(&b, "#f-party_id").await;
    // Saved while the hits are still on their way: the first of them is meant.
    b.keys(&format!("harbour{CONTROL}{ENTER}")).await;
    b.until("return location.pathname.endsWith('/lines')").await;
    on(&b, "form[data-htmx-powered] #f-product_id").await;
    // Half a line is not left behind by the key that confirms; a wrong one keeps what was typed and takes the focus.
    b.keys(&format!("rail{ENTER}two{CONTROL}{SHIFT}{ENTER}")).await;
    b.until("return document.querySelector('#f-quantity[aria-invalid=true]')?.value === 'two'")
        .await;
    on(&b, "#f-quantity").await;
    b.keys(&format!("{CONTROL}a2{ENTER}")).await;
    b.until(r#"return document.querySelectorAll('#order-lines [hx-get*="line-form?line="]').length === 1"#)
        .await;
    on(&b, "#f-product_id").await;
    // Esc gives the keys back to the page: ? tells them, L begins a line.
    b.keys(ESCAPE).await;
    b.keys("?").await;
    b.until("return document.querySelector('#help').open && document.querySelector('#help').innerText.includes('Write a line')")
        .await;
    b.shot("keys-help-en").await;
    b.keys(ESCAPE).await;
    b.until("return !document.querySelector('#help').open").await;
    b.keys("l").await;
    on(&b, "#f-product_id").await;
    // Nothing is found: nothing is chosen, and the line is not sent.
    b.keys(&format!("nothing-such{ENTER}")).await;
    b.until("return document.querySelector('#f-product_id-list .combo-none') !== null")
        .await;
    on(&b, "#f-product_id").await;
    let lines = "SELECT count(*) FROM order_line";
    assert_eq!(app.app.house.db.number(lines, vec![]).await.unwrap(), 1);
    b.close().await;
    app.stop().await;
}

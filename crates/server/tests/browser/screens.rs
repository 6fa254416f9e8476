//! Every page of the navigation, narrow and wide, in both languages and both themes: it fits, and nothing complains.

use crate::{figures::analyse, house::House};
use zhike_testkit::browser::Browser;

async fn hrefs(b: &Browser, css: &str) -> Vec<String> {
    let js = format!("return [...new Set([...document.querySelectorAll('{css}')].map(a => a.getAttribute('href')))]");
    let all: Vec<String> = serde_json::from_value(b.script(&js).await).unwrap();
    all.into_iter().filter(|h| h.starts_with('/')).collect()
}

/// Pages of the navigation, and those behind them that are easily too wide.
async fn pages(b: &Browser, house: &House) -> Vec<String> {
    let mut all = hrefs(b, ".side a, .tabbar a, #more a").await;
    assert!(all.len() >= 12, "the navigation: {all:?}");
    let (customer, deal) = (house.customers[2], house.deals[0]);
    for tab in [
        "",
        "/timeline",
        "/people",
        "/orders",
        "/money",
        "/deals",
        "/value",
        "/history",
    ] {
        all.push(format!("/parties/{customer}{tab}"));
    }
    all.extend([
        format!("/deals/{deal}"),
        format!("/deals/{deal}/stages"),
        "/orders/1".into(),
        "/me".into(),
    ]);
    all.extend(
        [
            "/parties/new",
            "/deals/funnel",
            "/imports/new",
            "/value/customers",
            "/value/products",
            "/value/model",
        ]
        .map(str::to_owned),
    );
    all.extend(
        [
            "/value/assumptions",
            "/value/disagreements",
            "/invoices/1",
            "/payments/1",
            "/orders/new",
            "/search?q=青",
        ]
        .map(str::to_owned),
    );
    all
}

/// Keys that found no sentence stand on the page as they are.
async fn untranslated(b: &Browser) -> Vec<String> {
    let js = "const bad = []; const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
        while (w.nextNode()) { const t = w.currentNode.data.trim(); const p = w.currentNode.parentElement; \
        if (p && !['SCRIPT', 'STYLE', 'CODE'].includes(p.nodeName) && \
        /^(web|records|party|deal|order|order_line|invoice|payment|sales|value|proof|exchange|nav|field|error|identity|audit|product|category|stage|pipeline|user|team|rating|case|process|incident|improvement|article|remedy|service|report)-[a-z_]+/.test(t)) bad.push(t); } \
        return bad";
    serde_json::from_value(b.script(js).await).unwrap()
}

#[tokio::test]
async fn every_page_fits_and_nothing_complains() {
    let house = House::full().await;
    for (i, (language, width)) in [("zh-CN", 390), ("en", 390), ("zh-CN", 1440), ("en", 1440)]
        .into_iter()
        .enumerate()
    {
        let b = Browser::open(&house.app.url, width, 844, language).await;
        b.sign_in("admin").await;
        if i == 0 {
            analyse(&house, &b).await;
        }
        let mut wrong = vec![];
        for path in pages(&b, &house).await {
            b.goto(&path).await;
            let seen = b.script("return [document.documentElement.scrollWidth - document.documentElement.clientWidth, document.documentElement.lang, document.title]").await;
            if seen[0].as_i64().unwrap() > 0 {
                wrong.push(format!("{path} is {} px too wide", seen[0]));
            }
            if seen[1] != language {
                wrong.push(format!("{path} speaks {}", seen[1]));
            }
            wrong.extend(untranslated(&b).await.into_iter().map(|key| format!("{path}: {key}")));
            wrong.extend(b.console_errors().await.into_iter().map(|e| format!("{path}: {e}")));
        }
        assert!(wrong.is_empty(), "{language} {width}: {wrong:#?}");
        b.close().await;
    }
    house.app.stop().await;
}

#[tokio::test]
async fn theme_and_language_change_where_one_stands() {
    let house = House::bare().await;
    let b = Browser::open(&house.app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    let path = "/parties?f=city%3Ahas%3A%E8%8B%8F%E5%B7%9E&sort=-name";
    b.goto(path).await;
    let here = b.path().await;
    let colour = "return getComputedStyle(document.querySelector('main')).backgroundColor";
    let light = b.script(colour).await;
    b.click("[data-theme-toggle]").await;
    b.until("return document.documentElement.dataset.theme === 'dark'")
        .await;
    assert_ne!(b.script(colour).await, light);
    b.client.refresh().await.unwrap();
    assert_eq!(
        b.script("return document.documentElement.dataset.theme").await,
        "dark",
        "kept, without a flash"
    );
    b.click("[data-theme-toggle]").await;
    b.until("return document.documentElement.dataset.theme === 'light'")
        .await;

    let rows = "return document.querySelectorAll('#list tbody tr').length";
    let listed = b.script(rows).await;
    b.click("[data-lang-form] button").await;
    b.until("return document.documentElement.lang === 'en'").await;
    assert_eq!(b.path().await, here, "the same page");
    assert_eq!(b.script(rows).await, listed);
    assert!(b.text("main").await.contains("City"));
    // It is kept with the user, not with the window.
    b.goto("/deals/board").await;
    assert_eq!(b.script("return document.documentElement.lang").await, "en");
    b.click("[data-lang-form] button").await;
    b.until("return document.documentElement.lang === 'zh-CN'").await;
    assert_eq!(b.path().await, "/deals/board");
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    house.app.stop().await;
}

//! The list of customers: filter, order, a cell changed by keyboard and taken back, the palette, a new customer.

use crate::house::{CUSTOMERS, House};
use fantoccini::{Locator, key::Key};
use zhike_testkit::browser::Browser;

async fn names(b: &Browser) -> Vec<String> {
    let js = "return [...document.querySelectorAll('#list tbody .c-name a')].map(a => a.innerText.trim())";
    serde_json::from_value(b.script(js).await).unwrap()
}

fn of_city(city: &str) -> Vec<&'static str> {
    CUSTOMERS.iter().filter(|c| c.2 == city).map(|c| c.0).collect()
}

async fn press(b: &Browser, key: &str) {
    b.client.active_element().await.unwrap().send_keys(key).await.unwrap();
}

/// The cell of the first row in a column takes the focus.
async fn focus(b: &Browser, field: &str) {
    b.script(&format!(
        "document.querySelector('#list tbody td.editable[data-field=\"{field}\"]').focus()"
    ))
    .await;
}

/// Marks what stands in a field, to be written over. The driver's own way to empty a field leaves it for a moment, and a
/// cell that is left is saved.
async fn all_of(input: &fantoccini::elements::Element) {
    input.send_keys(&(Key::Control + "a")).await.unwrap();
}

async fn city(b: &Browser) -> String {
    let js = "return document.querySelector('#list tbody td.editable[data-field=\"city\"]').innerText.trim()";
    b.script(js).await.as_str().unwrap().to_owned()
}

async fn filters_and_sorts(b: &Browser) {
    b.goto("/parties?col=city&col=phone").await;
    assert_eq!(names(b).await.len(), 12);
    b.click("summary.chip.add").await;
    b.click("a[hx-get$='/filter/city'], a[hx-get*='/filter/city?']").await;
    b.wait("#filter-form form [name=fv]")
        .await
        .send_keys("苏州")
        .await
        .unwrap();
    b.click("#filter-form button[type=submit]").await;
    b.until("return document.querySelectorAll('#list tbody tr').length === 2")
        .await;
    let chip = b.text(".chip:not(.add)").await;
    assert!(chip.contains("城市") && chip.contains("苏州"), "{chip}");
    let (mut shown, mut expected) = (names(b).await, of_city("苏州"));
    shown.sort();
    expected.sort_unstable();
    assert_eq!(shown, expected);
    // By name, up and down: the order stands in the address, and survives a reload with the filter.
    let sorted = "return document.querySelector('#list thead th:nth-child(2)').ariaSort";
    let mut orders = vec![];
    for _ in 0..2 {
        let before = b.script(sorted).await;
        b.click("#list thead th:nth-child(2) a").await;
        b.until(&format!(
            "const now = document.querySelector('#list thead th:nth-child(2)').ariaSort; return now && now !== {before}"
        ))
        .await;
        orders.push((b.script(sorted).await, names(b).await));
    }
    assert_ne!(orders[0].0, orders[1].0);
    let turned: Vec<String> = orders[1].1.iter().rev().cloned().collect();
    assert_eq!(orders[0].1, turned);
    b.client.refresh().await.unwrap();
    assert_eq!(names(b).await, orders[1].1);
    // The chip's cross takes the filter off.
    b.click(".chip:not(.add) a, a.chip:not(.add)").await;
    b.until("return document.querySelectorAll('#list tbody tr').length === 12")
        .await;
}

async fn edits_a_cell(b: &Browser) {
    b.goto("/parties?col=city&sort=name").await;
    let before = city(b).await;
    // Esc puts the cell back and saves nothing.
    focus(b, "city").await;
    press(b, &Key::Enter).await;
    b.wait("#list td.editable form input:not([type=hidden])").await;
    press(b, "别处").await;
    press(b, &Key::Escape).await;
    b.until("return !document.querySelector('#list td.editable form')")
        .await;
    assert_eq!(city(b).await, before);
    // Enter saves; the toast takes it back.
    focus(b, "city").await;
    press(b, &Key::Enter).await;
    let input = b.wait("#list td.editable form input:not([type=hidden])").await;
    all_of(&input).await;
    input.send_keys("无锡").await.unwrap();
    input.send_keys(&Key::Enter).await.unwrap();
    b.until("return !document.querySelector('#list td.editable form')")
        .await;
    assert_eq!(city(b).await, "无锡");
    // An older toast may still stand beside it.
    b.until("return [...document.querySelectorAll('.toast')].some(t => t.innerText.includes('已保存“城市”'))")
        .await;
    b.goto("/parties?col=city&sort=name").await;
    assert_eq!(city(b).await, "无锡", "saved");
    focus(b, "city").await;
    press(b, &Key::Enter).await;
    let input = b.wait("#list td.editable form input:not([type=hidden])").await;
    all_of(&input).await;
    input.send_keys(&before).await.unwrap();
    input.send_keys(&Key::Enter).await.unwrap();
    b.click(".toast button").await;
    b.until("return [...document.querySelectorAll('.toast')].some(t => t.innerText.includes('已撤销'))")
        .await;
    assert_eq!(city(b).await, "无锡", "the second change was taken back");
}

async fn finds_in_the_palette(b: &Browser, house: &House) {
    for (typed, customer) in [("鹭", 7), ("hty", 1), ("17788", 11), ("Pine", 4)] {
        b.goto("/deals/board").await;
        let body = b.wait("body").await;
        body.send_keys(&(Key::Control + "k")).await.unwrap();
        let input = b.wait("#palette[open] input").await;
        input.send_keys(typed).await.unwrap();
        let path = format!("/parties/{}", house.customers[customer]);
        b.wait(&format!("#palette-found [role=option][href='{path}']")).await;
        if typed == "鹭" {
            b.until("return document.querySelector('#palette-found [role=option]')?.getAttribute('aria-selected') === 'true'").await;
            input.send_keys(&Key::Enter).await.unwrap();
            b.until(&format!("return location.pathname === '{path}'")).await;
        }
    }
}

async fn makes_a_customer(b: &Browser) {
    b.goto("/parties/new").await;
    // The browser's own check would stop these; the server's is the one that counts.
    let unchecked = "document.querySelectorAll('form').forEach(f => { f.noValidate = true; })";
    b.script(unchecked).await;
    b.fill("[name=email]", "kein-at-zeichen").await;
    b.click("main form button[type=submit].primary").await;
    b.wait("[name=email][aria-invalid=true]").await;
    assert!(b.text("main").await.contains("不是邮箱地址"));
    assert_eq!(
        b.wait("[name=email]").await.prop("value").await.unwrap().as_deref(),
        Some("kein-at-zeichen"),
        "what was typed is kept"
    );
    b.script(unchecked).await;
    b.fill("[name=email]", "info@fengqiao.example").await;
    b.click("main form button[type=submit].primary").await;
    b.wait("[name=name][aria-invalid=true]").await;
    assert!(b.text("main").await.contains("必填"));
    b.fill("[name=name]", "枫桥陶瓷").await;
    b.click("main form button[type=submit].primary").await;
    b.until("return /^\\/parties\\/\\d+/.test(location.pathname)").await;
    assert!(b.text("h1").await.contains("枫桥陶瓷"));
    let found = b.client.find(Locator::Css(".toast.err")).await;
    assert!(found.is_err(), "nothing went wrong");
}

#[tokio::test]
async fn a_day_with_the_list() {
    let house = House::bare().await;
    let b = Browser::open(&house.app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    filters_and_sorts(&b).await;
    edits_a_cell(&b).await;
    finds_in_the_palette(&b, &house).await;
    makes_a_customer(&b).await;
    // A form sent back with its mistakes is answered 422, which the console reports; nothing else is.
    let errors: Vec<String> = b
        .console_errors()
        .await
        .into_iter()
        .filter(|e| !e.contains("422"))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    b.close().await;
    house.app.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_both_languages() {
    let house = zhike_testkit::TestApp::boot().await;
    for (language, said) in [("zh-CN", "密码"), ("en", "password")] {
        let b = Browser::open(&house.url, 390, 844, language).await;
        b.goto("/parties").await;
        assert!(b.path().await.starts_with("/sign-in"), "asked to sign in first");
        b.fill("[name=login]", "admin").await;
        b.fill("[name=password]", "not this one").await;
        b.click("button[type=submit].primary").await;
        let alert = b.text("[role=alert]").await;
        assert!(alert.to_lowercase().contains(said), "{alert}");
        b.assert_fits().await;
        b.fill("[name=password]", zhike_testkit::PASSWORD).await;
        b.click("button[type=submit].primary").await;
        b.until("return location.pathname === '/parties'").await;
        b.close().await;
    }
    house.stop().await;
}

//! The board: cards moved by mouse, by keys, by menu and by the question why a deal was lost; what was moved stays moved.

use crate::house::{House, short};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use std::time::Duration;
use zhike_testkit::browser::Browser;

/// Where a card stands: the place of its column, from 0.
async fn column(b: &Browser, deal: i64) -> i64 {
    let js = format!(
        "return [...document.querySelectorAll('.lane')].indexOf(document.getElementById('deal-{deal}').closest('.lane'))"
    );
    b.script(&js).await.as_i64().unwrap()
}

async fn settled(b: &Browser) {
    b.until("return !document.querySelector('.deal[aria-busy]')").await;
}

/// Count and sum in the head of a column.
async fn head(b: &Browser, stage: i64) -> String {
    b.text(&format!("#head-{stage}")).await
}

async fn drag(b: &Browser, deal: i64, to: i64) {
    let middle = |css: String| async move {
        let js = format!(
            "const r = document.querySelector('{css}').getBoundingClientRect(); return [Math.round(r.x + r.width / 2), Math.round(r.y + Math.min(r.height / 2, 40))]"
        );
        let at: [f64; 2] = serde_json::from_value(b.script(&js).await).unwrap();
        at
    };
    let from = middle(format!("#deal-{deal} .df")).await;
    let to = middle(format!(".lane[data-stage=\"{to}\"]")).await;
    let moved = |[x, y]: [f64; 2], ms: u64| PointerAction::MoveTo {
        duration: Some(Duration::from_millis(ms)),
        x,
        y,
    };
    let mouse = MouseActions::new("mouse".to_owned())
        .then(moved(from, 0))
        .then(PointerAction::Down {
            button: MOUSE_BUTTON_LEFT,
        })
        .pause(Duration::from_millis(60))
        .then(moved([from[0] + 12.0, from[1] + 6.0], 80))
        .then(moved([to[0], to[1] + 8.0], 250))
        .then(moved(to, 120))
        .pause(Duration::from_millis(120))
        .then(PointerAction::Up {
            button: MOUSE_BUTTON_LEFT,
        });
    b.client.perform_actions(mouse).await.unwrap();
}

#[tokio::test]
async fn cards_move_and_stay_moved() {
    let house = House::bare().await;
    let mut ids = vec![];
    for (name, amount) in [
        ("换热器", 1_250_000_i64),
        ("流量计", 830_000),
        ("校准", 120_000),
        ("备件", 64_000),
    ] {
        let values = [
            ("name", name.into()),
            ("amount", amount.into()),
            ("party_id", house.customers[0].into()),
        ];
        ids.push(house.app.make("deal", &values).await);
    }
    let b = Browser::open(&house.app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    b.goto("/deals/board").await;
    assert!(head(&b, house.stages[0]).await.contains('4'));

    drag(&b, ids[0], house.stages[1]).await;
    b.until(&format!(
        "return document.getElementById('deal-{}').closest('.lane').dataset.stage === '{}'",
        ids[0], house.stages[1]
    ))
    .await;
    settled(&b).await;
    // The card is at home before the words are: a toast fades in, and what fades in has no visible text yet.
    b.until("return document.querySelector('#toasts').innerText.includes('已移到报价')")
        .await;
    let shown = head(&b, house.stages[1]).await;
    // A half of it is expected.
    assert!(
        shown.contains(&short(1_250_000, true)) && shown.contains(&short(625_000, true)),
        "{shown}"
    );

    // By keys: two columns on.
    b.script(&format!("document.getElementById('deal-{}').focus()", ids[1]))
        .await;
    for _ in 0..2 {
        b.client.active_element().await.unwrap().send_keys("]").await.unwrap();
        settled(&b).await;
    }
    // By the card's menu: won.
    b.click(&format!("#deal-{} details.menu summary", ids[2])).await;
    b.click(&format!("#deal-{} [data-lane=\"{}\"]", ids[2], house.stages[3]))
        .await;
    settled(&b).await;
    // Lost: first the reason is asked.
    b.click(&format!("#deal-{} details.menu summary", ids[3])).await;
    b.click(&format!("#deal-{} [data-lane=\"{}\"]", ids[3], house.stages[4]))
        .await;
    b.wait("#sales-lost[open]").await;
    assert_eq!(column(&b, ids[3]).await, 0, "not moved before it is said why");
    b.wait("#sales-lost select[name=reason_id]")
        .await
        .select_by_label("价格")
        .await
        .unwrap();
    b.click("#sales-lost button[type=submit]").await;
    b.until(&format!(
        "return document.getElementById('deal-{}')?.closest('.lane').dataset.stage === '{}'",
        ids[3], house.stages[4]
    ))
    .await;

    b.goto("/deals/board").await;
    for (deal, at) in ids.iter().zip([1, 2, 3, 4]) {
        assert_eq!(column(&b, *deal).await, at);
    }
    assert!(
        b.text(".lane:last-child").await.contains("价格"),
        "the reason stands on the card"
    );
    // The toast takes a move back.
    drag(&b, ids[0], house.stages[0]).await;
    b.until(&format!(
        "return document.getElementById('deal-{}').closest('.lane').dataset.stage === '{}'",
        ids[0], house.stages[0]
    ))
    .await;
    settled(&b).await;
    b.click(".toast button").await;
    b.until(&format!(
        "return document.getElementById('deal-{}')?.closest('.lane').dataset.stage === '{}'",
        ids[0], house.stages[1]
    ))
    .await;
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    house.app.stop().await;
}

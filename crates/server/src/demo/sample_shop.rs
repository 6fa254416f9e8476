//! The web shop for spare parts of the made-up manufacturer: orders of the last weeks as WooCommerce tells of them, one that is
//! refused, carts left behind; and the message box on its site.

use super::{Progress, load};
use anyhow::{Result, anyhow};
use serde_json::{Value as Json, json};
use zhike_kernel::{Stamp, number::write_scaled};
use zhike_shop::{Ports, sample};
use zhike_store::{Ctx, Query, binds};

/// Buyers: given name, family name, mail address, telephone, city.
const BUYERS: [[&str; 5]; 6] = [
    ["佳宁", "许", "xu.jianing@mail.example", "13900210011", "无锡"],
    ["伟", "郭", "guo.wei@mail.example", "13900210012", "苏州"],
    ["Anna", "Lindqvist", "anna.lindqvist@mail.example", "", "Göteborg"],
    ["雪", "邵", "shao.xue@mail.example", "13900210014", "常州"],
    ["立群", "唐", "tang.liqun@mail.example", "13900210015", "南京"],
    ["Marco", "Ferri", "marco.ferri@mail.example", "", "Torino"],
];

/// What strangers wrote: name, mail address, telephone, words.
const WORDS: [[&str; 4]; 3] = [
    [
        "吴琳",
        "wu.lin@mail.example",
        "",
        "请问 DN50 的电磁流量计有现货吗？我们下月检修要换三台。",
    ],
    [
        "Peter Hahn",
        "p.hahn@mail.example",
        "",
        "Do you ship spare sensors to Germany, and how long does it take?",
    ],
    ["高先生", "", "13900210019", "网关的说明书找不到了，能发一份吗？"],
];

struct Part {
    sku: String,
    name: String,
    price: i64,
}

async fn parts(ctx: &Ctx) -> Result<Vec<Part>> {
    let sql = "SELECT sku, name, price FROM catalog_product WHERE kind = 'goods' AND active AND price BETWEEN 1000 AND 200000 \
               AND template_id IS NULL AND NOT COALESCE(configurable, FALSE) AND archived_at IS NULL ORDER BY price, id LIMIT 6";
    let rows = ctx.db().all(sql, binds![]).await?;
    let part = |r: &zhike_store::Row| {
        Ok(Part {
            sku: r.text(0)?,
            name: r.text(1)?,
            price: r.int(2)?,
        })
    };
    rows.iter().map(part).collect()
}

fn moment(at: Stamp) -> String {
    at.rfc3339()
}

fn billing(i: usize) -> Json {
    let [first, last, email, phone, city] = BUYERS[i % BUYERS.len()];
    json!({"first_name": first, "last_name": last, "email": email, "phone": phone, "city": city})
}

/// An order of one or two parts with 13 % tax and shipping.
fn order(i: usize, parts: &[Part], at: Stamp, status: &str) -> Json {
    let money = |m: i64| write_scaled(m, 2);
    let (mut lines, mut total) = (vec![], 1_500);
    for (n, part) in parts.iter().cycle().skip(i).take(1 + i % 2).enumerate() {
        let quantity = 1 + i64::try_from((i + n) % 3).unwrap_or(0);
        let net = part.price * quantity;
        let tax = zhike_kernel::money::mul_div(net, 130_000, 1_000_000).unwrap_or(0);
        total += net + tax;
        lines.push(
            json!({"id": 100 * (i + 1) + n, "name": part.name, "product_id": 0, "quantity": quantity, "sku": part.sku,
            "subtotal": money(net), "total": money(net), "total_tax": money(tax)}),
        );
    }
    let paid = !matches!(status, "pending" | "cancelled");
    json!({"id": 8_001 + i, "number": format!("B{}", 8_001 + i), "status": status, "currency": "CNY", "total": money(total),
        "date_created_gmt": moment(at), "date_modified_gmt": moment(at.plus_seconds(600)), "customer_id": 501 + i % BUYERS.len(),
        "billing": billing(i), "payment_method_title": "支付宝", "date_paid_gmt": paid.then(|| moment(at.plus_seconds(300))),
        "line_items": lines, "shipping_lines": [{"id": 1, "method_title": "快递", "total": "15.00", "total_tax": "0.00"}]})
}

async fn orders(ctx: &Ctx, ports: &Ports, shop: i64, parts: &[Part]) -> Result<()> {
    let wrong = |e| anyhow!("shop: {e}");
    let states = [
        "completed",
        "completed",
        "processing",
        "processing",
        "processing",
        "pending",
    ];
    for (i, status) in states.into_iter().enumerate() {
        let back = 26 - 5 * i64::try_from(i).unwrap_or(0);
        let at = ctx.now().plus_seconds(-back * 86_400 - 3_600);
        let mut body = order(i, parts, at, status);
        if i == 1 {
            body["refunds"] = json!([{"id": 9_001, "reason": "少发一件", "total": "-15.00"}]);
        }
        sample::hear(
            ctx,
            ports,
            shop,
            "order.updated",
            &format!("sample-{i}"),
            &body.to_string(),
        )
        .await
        .map_err(wrong)?;
    }
    // One whose parts are not its total: somebody has to look.
    let mut body = order(6, parts, ctx.now().plus_seconds(-7_200), "processing");
    body["total"] = "1.00".into();
    sample::hear(ctx, ports, shop, "order.created", "sample-wrong", &body.to_string())
        .await
        .map_err(wrong)?;
    sample::hear(ctx, ports, shop, "coupon.updated", "sample-other", "{\"id\":3}")
        .await
        .map_err(wrong)
}

async fn carts(ctx: &Ctx, ports: &Ports, shop: i64, parts: &[Part]) -> Result<()> {
    for i in 0..5_usize {
        let hours = [2, 9, 28, 50, 75][i];
        let lines: Vec<Json> = parts
            .iter()
            .cycle()
            .skip(i)
            .take(1 + i % 3)
            .map(|p| json!({"sku": p.sku, "name": p.name, "quantity": 1 + i % 2, "unit_price": write_scaled(p.price, 2), "tax_rate": "13"}))
            .collect();
        // One of them is nobody whom the house knows.
        let stranger = ["Olga", "Nyström", "olga.nystrom@mail.example", "", ""];
        let [first, last, email, phone, _] = if i == 2 {
            stranger
        } else {
            BUYERS[(i + 1) % BUYERS.len()]
        };
        let name = if first.is_ascii() {
            format!("{first} {last}")
        } else {
            format!("{last}{first}")
        };
        let body = json!({"at": moment(ctx.now().plus_seconds(-hours * 3_600)), "cart": {"id": format!("k{i}"),
            "customer": {"name": name, "email": email, "phone": phone}, "lines": lines, "link": format!("https://parts.chengjiang.example/cart/k{i}")}});
        let key = format!("sample-cart-{i}");
        sample::hear(ctx, ports, shop, "action.cart_changed", &key, &body.to_string())
            .await
            .map_err(|e| anyhow!("cart: {e}"))?;
    }
    Ok(())
}

/// Fills them in.
pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let ports = crate::areas::shops();
    let parts = parts(ctx).await?;
    let row = ctx
        .db()
        .one("SELECT id FROM identity_user WHERE login = $1", binds!["lin.shan"])
        .await?;
    let owner = row.map(|r| r.int(0)).transpose()?;
    if parts.is_empty() {
        return Ok(());
    }
    let shop = load::values(vec![
        ("name", "澄江备件商城".into()),
        ("kind", "woocommerce".into()),
        ("url", "https://parts.chengjiang.example".into()),
        ("currency", "CNY".into()),
        ("owner_id", owner.into()),
        ("active", true.into()),
        ("bills", true.into()),
        ("cart_hours", 4.into()),
        ("cart_tasks", true.into()),
    ]);
    let shop = load::rows(ctx, "shop", vec![(shop, None)], progress).await?;
    for id in shop {
        let tx = ctx.begin().await?;
        sample::close(&tx, id).await?;
        tx.commit().await?;
        orders(ctx, &ports, id, &parts).await?;
        carts(ctx, &ports, id, &parts).await?;
    }
    let words = load::values(vec![
        ("name", "官网留言".into()),
        ("active", true.into()),
        ("language", "auto".into()),
        ("side", "right".into()),
        ("title", "给澄江留言".into()),
        ("title_latin", "Write to Chengjiang".into()),
        ("sites", "https://www.chengjiang.example".into()),
        ("visits", true.into()),
        (
            "visit_words",
            "我们可以记录您浏览了哪些页面，以便更好地答复您吗？".into(),
        ),
    ]);
    for id in load::rows(ctx, "message_box", vec![(words, None)], progress).await? {
        for said in WORDS {
            sample::write_in(ctx, &ports, id, said)
                .await
                .map_err(|e| anyhow!("message box: {e}"))?;
        }
        looks(ctx, id).await?;
    }
    Ok(())
}

/// What some customers looked at on the site, having agreed.
async fn looks(ctx: &Ctx, of: i64) -> Result<()> {
    const PAGES: [(&str, &str); 5] = [
        ("/", "澄江仪表"),
        ("/products/flow", "流量计 Flow meters"),
        ("/products/pressure", "压力变送器 Pressure transmitters"),
        ("/service/calibration", "校准服务 Calibration"),
        ("/contact", "联系我们 Contact"),
    ];
    const DAY: i64 = 86_400;
    let sql = "SELECT party_id FROM order_order WHERE archived_at IS NULL GROUP BY party_id ORDER BY count(*) DESC, party_id LIMIT 12";
    let parties = ctx.db().all(sql, binds![]).await?;
    for (i, row) in (0_i64..).zip(&parties) {
        let pages: Vec<(&str, &str, i64)> = (0..=i % 4)
            .rev()
            .flat_map(|k| {
                let back = (i * 2 + k * 5) * DAY + 3_600 * (2 + i);
                let (at, next) = (PAGES.get(((i + k) % 4) as usize), PAGES.get(4));
                [
                    at.map(|p| (p.0, p.1, back)),
                    next.filter(|_| k == 0).map(|p| (p.0, p.1, back - 240)),
                ]
            })
            .flatten()
            .collect();
        sample::look(ctx, of, row.int(0)?, &format!("{:032x}", 0xc0ffee + i), &pages)
            .await
            .map_err(|e| anyhow!("visits: {e}"))?;
    }
    Ok(())
}

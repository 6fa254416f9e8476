//! Carts that customers filled in a shop: which were left behind, for how much, and which became orders after all.

use crate::{
    Ports,
    apply::{self, Ended},
    doc::{Cart, Line, Order},
    link,
    setup::{self, Shop},
};
use async_trait::async_trait;
use serde_json::json;
use zhike_contract::NewTask;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Door, Filter, Op, Result, Stamp, Value, Values};
use zhike_store::{
    BuiltIn, Ctx, Field, FieldKind, Migration, Query, Record, RecordType, Scope, Search, Tx, binds, read, write,
};

/// How a cart stands.
const STATES: &[&str] = &["open", "left", "written", "recovered", "emptied"];
/// Hours after which it counts as left behind, where the shop says nothing.
const USUAL_HOURS: i64 = 4;
/// An order within so many days after the cart brings it home.
const DAYS: i64 = 14;
/// The job that looks whether one was left.
const LEFT: &str = "shop.cart_left";

/// The tables.
pub(crate) const TABLE: Migration = Migration {
    name: "shop_0003",
    up: &[
        "ALTER TABLE shop_shop ADD COLUMN cart_hours BIGINT",
        "ALTER TABLE shop_shop ADD COLUMN cart_tasks BOOLEAN",
        "CREATE TABLE shop_cart (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, shop_id BIGINT NOT NULL, party_id BIGINT, owner_id BIGINT, state TEXT NOT NULL, value BIGINT, currency TEXT, \
         items BIGINT, last_at BIGINT NOT NULL, left_at BIGINT, email TEXT, phone TEXT, link TEXT, order_id BIGINT)",
        "CREATE INDEX shop_cart_last ON shop_cart (last_at, id)",
        "CREATE INDEX shop_cart_value ON shop_cart (value, id)",
        "CREATE INDEX shop_cart_updated ON shop_cart (updated_at, id)",
        "CREATE INDEX shop_cart_created ON shop_cart (created_at, id)",
        "CREATE INDEX shop_cart_state ON shop_cart (state, last_at, id)",
        "CREATE INDEX shop_cart_party ON shop_cart (party_id, last_at)",
        "CREATE INDEX shop_cart_owner ON shop_cart (owner_id, last_at)",
        "CREATE TABLE shop_cart_goods (cart_id BIGINT PRIMARY KEY, goods TEXT NOT NULL)",
    ],
};

/// The record type.
pub(crate) fn cart() -> RecordType {
    let own = |name, kind| Field::new(name, kind).computed().unsorted();
    let fields = vec![
        own("name", FieldKind::Text).search(Search::Name).column(),
        own("party_id", FieldKind::Ref("party")).column(),
        Field::new(
            "value",
            FieldKind::Money {
                currency: Some("currency"),
            },
        )
        .computed()
        .column(),
        own("currency", FieldKind::Currency),
        own("items", FieldKind::Int).column(),
        own("state", FieldKind::Choice(STATES)).column(),
        Field::new("last_at", FieldKind::Stamp).computed().column(),
        own("left_at", FieldKind::Stamp),
        own("shop_id", FieldKind::Ref("shop")).column(),
        own("order_id", FieldKind::Ref("order")),
        own("email", FieldKind::Email).personal().search(Search::Email),
        own("phone", FieldKind::Phone).personal().search(Search::Phone),
        own("link", FieldKind::Url),
        Field::new("owner_id", FieldKind::User).unsorted(),
    ];
    let states = |words: &[&str]| Filter::Field {
        field: "state".to_owned(),
        op: Op::In,
        values: words.iter().map(|w| Value::from(*w)).collect(),
    };
    RecordType {
        icon: "shopping-cart",
        scope: Scope::OwnerOrParty("owner_id", "party_id"),
        party: Some("party_id"),
        views: vec![
            BuiltIn::new("left", states(&["left", "written"])).sort("last_at", true),
            BuiltIn::new("recovered", Filter::is("state", "recovered")).sort("last_at", true),
            BuiltIn::new("open", Filter::is("state", "open")).sort("last_at", true),
        ],
        order: ("last_at", true),
        exact: true,
        ..RecordType::new("cart", "shop_cart", "/carts", 115, fields)
    }
}

/// The lines of a cart.
pub(crate) async fn goods(q: &dyn Query, id: i64) -> Result<Vec<Line>> {
    let row = q
        .one("SELECT goods FROM shop_cart_goods WHERE cart_id = $1", binds![id])
        .await?;
    Ok(match row {
        Some(row) => serde_json::from_str(&row.text(0)?).unwrap_or_default(),
        None => vec![],
    })
}

async fn hours(q: &dyn Query, shop: i64) -> Result<(i64, bool)> {
    let sql = "SELECT cart_hours, COALESCE(cart_tasks, TRUE) FROM shop_shop WHERE id = $1";
    let row = q.one(sql, binds![shop]).await?;
    row.map_or(Ok((USUAL_HOURS, true)), |r| {
        Ok((r.opt_int(0)?.unwrap_or(USUAL_HOURS), r.bool(1)?))
    })
}

/// Keeps a cart as the shop tells of it. Nobody is made a customer by filling one.
pub(crate) async fn settle(ctx: &Ctx, tx: &Tx, shop: &Shop, c: &Cart, at: Option<Stamp>) -> Result<Ended> {
    let known = match link::find(tx, shop.id, "cart", &c.remote).await? {
        Some(l) => link::alive(ctx, tx, "cart", l.record).await?,
        None => None,
    };
    let goods: Vec<&Line> = c.lines.iter().filter(|l| l.quantity > 0).collect();
    if known.is_none() && (goods.is_empty() || c.done) {
        return Ok(Ended::IGNORED);
    }
    if known.as_ref().is_some_and(|k| k.text("state") == "recovered") {
        return Ok(Ended::of("cart", known.map_or(0, |k| k.id), false));
    }
    let party = match &c.customer.remote {
        Some(remote) => link::find(tx, shop.id, "customer", remote).await?.map(|l| l.record),
        None => None,
    };
    let party = match party.filter(|p| *p > 0) {
        Some(party) => Some(party),
        None => apply::who(ctx, tx, &c.customer.email, &c.customer.phone).await?,
    };
    let of = ctx.registry().get("party")?.clone();
    let (mut name, mut owner) = (c.customer.title().to_owned(), shop.owner);
    if let Some(record) = match party {
        Some(id) => link::alive(ctx, tx, "party", id).await?,
        None => None,
    } {
        name = record.text("name").to_owned();
        owner = record.int("owner_id").or(owner);
    }
    if name.is_empty() {
        name = format!("#{}", c.remote.chars().take(12).collect::<String>());
    }
    let personal = |field: &str, said: &str| -> Result<Value> {
        Ok(of.need(field)?.parse(said, ctx.house.currency).unwrap_or(Value::Null))
    };
    let ty = ctx.registry().get("cart")?.clone();
    let link = ty
        .need("link")?
        .parse(&c.link, ctx.house.currency)
        .unwrap_or(Value::Null);
    let before = known.as_ref().map_or("", |k| k.text("state"));
    let state = match (goods.is_empty(), c.done, before) {
        (_, true, _) => "recovered",
        (true, ..) => "emptied",
        // Whoever was written to is not left a second time.
        (.., "written") => "written",
        _ => "open",
    };
    let items = i64::try_from(goods.len()).unwrap_or(i64::MAX);
    let at = at.unwrap_or(tx.at);
    let mut values: Values = [
        ("name", Value::from(name.chars().take(200).collect::<String>())),
        ("party_id", party.into()),
        ("value", c.total.into()),
        ("currency", c.currency.code().into()),
        ("items", items.into()),
        ("state", state.into()),
        ("last_at", at.into()),
        ("shop_id", shop.id.into()),
        ("email", personal("email", &c.customer.email)?),
        ("phone", personal("phone", &c.customer.phone)?),
        ("link", link),
    ]
    .into_iter()
    .map(|(k, v)| (k.to_owned(), v))
    .collect();
    if state == "open" {
        values.insert("left_at".into(), Value::Null);
    }
    let (id, changed) = match known {
        Some(old) => {
            let (id, version) = (old.id, old.version);
            let new = write::update_from(ctx, tx, &ty, old, version, values).await?;
            (id, new != version)
        }
        None => {
            values.insert("owner_id".into(), owner.into());
            let ids = write::insert_many(ctx, tx, &ty, vec![values], None).await?;
            (ids.first().copied().unwrap_or(0), true)
        }
    };
    let told = serde_json::to_string(&goods).unwrap_or_default();
    let sql = "INSERT INTO shop_cart_goods (cart_id, goods) VALUES ($1, $2) ON CONFLICT (cart_id) DO UPDATE SET goods = excluded.goods";
    tx.exec(sql, binds![id, told]).await?;
    link::keep(tx, shop.id, "cart", &c.remote, id, &json!({})).await?;
    if state == "open" {
        let due = at.plus_seconds(hours(tx, shop.id).await?.0 * 3_600);
        zhike_jobs::push_at(tx, LEFT, &format!("{LEFT}:{id}"), &json!({"cart": id}), due).await?;
    }
    Ok(Ended::of("cart", id, changed))
}

/// An order came: the cart that it was is no longer left behind. By the cart's own mark, else by the customer.
pub(crate) async fn recovered(ctx: &Ctx, tx: &Tx, shop: &Shop, o: &Order, party: i64, order: i64) -> Result<()> {
    let mut ids = vec![];
    for remote in &o.carts {
        ids.extend(link::find(tx, shop.id, "cart", remote).await?.map(|l| l.record));
    }
    if ids.is_empty() {
        let at = o.ordered_at.unwrap_or(tx.at);
        let sql = "SELECT id FROM shop_cart WHERE shop_id = $1 AND state IN ('open', 'left', 'written') AND last_at BETWEEN $2 AND $3 \
                   AND (party_id = $4 OR (email IS NOT NULL AND email = $5)) AND archived_at IS NULL ORDER BY last_at DESC, id DESC LIMIT 1";
        let since = at.plus_seconds(-DAYS * 86_400).0;
        // A cart's last word may come a moment after its order.
        let until = at.plus_seconds(3_600).0;
        let email = o.customer.email.to_lowercase();
        let found = tx.one(sql, binds![shop.id, since, until, party, email]).await?;
        ids.extend(found.map(|r| r.int(0)).transpose()?);
    }
    let ty = ctx.registry().get("cart")?.clone();
    for id in ids {
        let Some(cart) = link::alive(ctx, tx, "cart", id).await? else {
            continue;
        };
        if cart.int("order_id").is_some() {
            continue;
        }
        let version = cart.version;
        let new = Values::from([
            ("state".to_owned(), Value::from("recovered")),
            ("order_id".to_owned(), order.into()),
            ("party_id".to_owned(), party.into()),
        ]);
        write::update_from(ctx, tx, &ty, cart, version, new).await?;
    }
    Ok(())
}

/// Looks whether a cart was left behind.
pub(crate) struct Left(pub(crate) Ports);

#[async_trait]
impl Job for Left {
    fn name(&self) -> &'static str {
        LEFT
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = run.payload.get("cart").and_then(serde_json::Value::as_i64).unwrap_or(0);
        let tx = ctx.begin().await?;
        let sql = "UPDATE shop_cart SET state = state WHERE id = $1 AND state = 'open' AND archived_at IS NULL";
        if tx.exec(sql, binds![id]).await? == 0 {
            return Ok(Outcome::Done);
        }
        let ty = ctx.registry().get("cart")?.clone();
        let cart = read::need(ctx, &tx, &ty, id).await?;
        let (hours, tasks) = hours(&tx, cart.int("shop_id").unwrap_or(0)).await?;
        let due = Stamp(cart.int("last_at").unwrap_or(0)).plus_seconds(hours * 3_600);
        if due > tx.at {
            // The customer came back meanwhile.
            return Ok(Outcome::Again {
                after: ((due.0 - tx.at.0) / 1_000_000 + 1).max(1),
            });
        }
        let shop = setup::need(ctx, &tx, cart.int("shop_id").unwrap_or(0)).await?;
        let speaker = Ctx {
            door: Door::Job,
            ..setup::speaker(ctx, &shop)
        };
        leave(&speaker, &tx, &self.0, cart, tasks).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

async fn leave(ctx: &Ctx, tx: &Tx, ports: &Ports, cart: Record, tasks: bool) -> Result<()> {
    let ty = ctx.registry().get("cart")?.clone();
    let (id, version) = (cart.id, cart.version);
    let task = NewTask {
        title: cart.text("name").to_owned(),
        kind: "follow_up",
        party: cart.int("party_id"),
        record: Some(("cart", id)),
        assignee: cart.int("owner_id"),
        due: Some(ctx.today()),
        note: None,
        key: Some(format!("cart:{id}")),
    };
    let new = Values::from([
        ("state".to_owned(), Value::from("left")),
        ("left_at".to_owned(), tx.at.into()),
    ]);
    write::update_from(ctx, tx, &ty, cart, version, new).await?;
    if tasks && task.assignee.is_some() {
        ports.tasks.open(ctx, tx, &task).await?;
    }
    Ok(())
}

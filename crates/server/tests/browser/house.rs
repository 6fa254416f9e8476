//! A small trading company, every figure of which is known: what was ordered, what it cost, what was paid and when, how
//! each deal went, and what the salespeople think of each customer.

use zhike_kernel::Value;
use zhike_testkit::TestApp;

/// What a new house assumes an order and a line to cost, and its margin where a cost is unknown.
pub const ORDER: i64 = 16_000;
/// See [`ORDER`].
pub const LINE: i64 = 2_500;

/// Customers by name and Latin name; some with a city and a telephone.
pub const CUSTOMERS: [(&str, &str, &str, &str); 12] = [
    ("青禾乳业", "Green Grain Dairy", "苏州", "13900010001"),
    ("海棠印染", "Crabapple Dyeing", "杭州", "13900010002"),
    ("北岸仪表", "North Bank Meters", "苏州", "13900010003"),
    ("云川包装", "Cloud River Packaging", "成都", "13900010004"),
    ("松岭机械", "Pine Ridge Machines", "沈阳", "13900010005"),
    ("丰桥食品", "Harvest Bridge Foods", "合肥", "13900010006"),
    ("远山建材", "Far Hill Materials", "昆明", "13900010007"),
    ("白鹭纺织", "Egret Textiles", "厦门", "13900010008"),
    ("柳湾电子", "Willow Bay Electronics", "东莞", "13900010009"),
    ("石桥化工", "Stone Bridge Chemicals", "宁波", "13900010010"),
    ("南浦制药", "South Ford Pharma", "南昌", "13900010011"),
    ("竹溪玩具", "Bamboo Creek Toys", "义乌", "13900017788"),
];

/// Pieces, price, discount, cost of a piece if known; all in minor units.
pub type Line = (i64, i64, i64, Option<i64>);

/// An order as it was made.
#[derive(Clone, Debug)]
pub struct Order {
    pub customer: usize,
    pub on: String,
    pub freight: i64,
    pub lines: Vec<Line>,
    pub back: bool,
}

/// Forty orders of the last twelve months, two of them returns, and one from long before.
pub fn orders() -> Vec<Order> {
    let mut all = vec![];
    for customer in 0..12_i64 {
        for n in 0..(2 + customer % 4).min(4) {
            let month = (customer * 5 + n * 3) % 11;
            let (year, month) = if month < 5 {
                (2025, month + 8)
            } else {
                (2026, month - 4)
            };
            // The first customers buy much and dear, the last little and far away.
            let price = 260_000 - customer * 24_500 + n * 1_010;
            let mut lines = vec![(3 + n, price.max(7_000), 700 * n, Some(price.max(7_000) * 6 / 10))];
            if (customer + n) % 3 == 0 {
                lines.push((2, 48_500, 0, None));
            }
            if n == 1 {
                lines.push((1, 12_300, 300, Some(11_000)));
            }
            let freight = 900 + customer * customer * 450;
            let on = format!("{year}-{month:02}-{:02}", 3 + customer + n);
            all.push(Order {
                customer: customer.try_into().unwrap(),
                on,
                freight,
                lines,
                back: false,
            });
        }
    }
    for (customer, on) in [(0, "2026-04-20"), (5, "2026-05-11")] {
        all.push(Order {
            customer,
            on: on.into(),
            freight: 2_000,
            lines: vec![(-1, 90_000, 0, Some(54_000))],
            back: true,
        });
    }
    let lines = vec![(10, 500_000, 0, Some(1_000))];
    all.push(Order {
        customer: 11,
        on: "2024-03-01".into(),
        freight: 0,
        lines,
        back: false,
    });
    all
}

/// Is it within the twelve months that are analysed?
pub fn counts(order: &Order) -> bool {
    order.on.as_str() >= "2025-07-01"
}

/// An invoice: customer, issued, due, total, and (received, amount) if something was paid on it.
pub type Invoice = (usize, &'static str, &'static str, i64, Option<(&'static str, i64)>);

/// Invoices: the third customer pays late and not all.
pub const INVOICES: [Invoice; 4] = [
    (2, "2026-02-01", "2026-03-03", 1_234_050, Some(("2026-04-02", 734_050))),
    (2, "2026-05-01", "2026-05-31", 880_000, None),
    (2, "2026-06-20", "2026-07-20", 300_025, None),
    (4, "2026-05-05", "2026-06-04", 650_000, Some(("2026-06-04", 650_000))),
];

/// How a deal went: owner, amount, day of entry, then (stage, day). Stages 0 to 2 are open, 3 is won, 4 is lost.
#[derive(Clone, Debug)]
pub struct Deal {
    pub owner: usize,
    pub amount: i64,
    pub entered: String,
    pub path: Vec<(usize, String)>,
}

/// Twenty-six deals; the last two entered before the 90 days that the pages show.
pub fn deals() -> Vec<Deal> {
    let day = |n: i64| {
        let first: jiff::civil::Date = "2026-04-03".parse().unwrap();
        first.checked_add(jiff::Span::new().days(n)).unwrap().to_string()
    };
    (0..26_i64)
        .map(|k| {
            let start = if k < 24 { k } else { k - 60 };
            let at = |n: i64| day(start + n);
            let path = match k % 8 {
                0 => vec![(1, at(5 + k)), (2, at(14 + k)), (3, at(30 + k))],
                1 => vec![(1, at(7)), (4, at(19))],
                2 => vec![],
                3 => vec![(1, at(11)), (2, at(25))],
                4 => vec![(4, at(9))],
                5 => vec![(2, at(6)), (3, at(21))],
                6 => vec![(1, at(3))],
                _ => vec![(1, at(4)), (2, at(8)), (4, at(28))],
            };
            Deal {
                owner: usize::try_from(k).unwrap() % 2,
                amount: 1_000_000 + k * 70_000,
                entered: at(0),
                path,
            }
        })
        .collect()
}

/// What people think of the customers; of the last two they have said nothing.
pub const BY_HAND: [&str; 10] = ["A", "A", "B", "C", "B", "D", "C", "B", "D", "D"];

/// The ids of what was made.
pub struct House {
    pub app: TestApp,
    pub customers: Vec<i64>,
    pub deals: Vec<i64>,
    pub stages: Vec<i64>,
}

impl House {
    /// A house with customers and a pipeline only.
    pub async fn bare() -> House {
        let app = TestApp::boot().await;
        let mut customers = vec![];
        for (name, latin, city, phone) in CUSTOMERS {
            let values = [
                ("name", name.into()),
                ("name_latin", latin.into()),
                ("city", city.into()),
                ("phone", phone.into()),
                ("roles", "customer".into()),
            ];
            customers.push(app.make("party", &values).await);
        }
        let names = [("name", "直销".into()), ("name_latin", "Direct".into())];
        let pipeline = app.make("pipeline", &names).await;
        let mut stages = vec![];
        for (name, latin, chance, kind) in [
            ("需求", "Needs", 200_000_i64, "open"),
            ("报价", "Proposal", 500_000, "open"),
            ("谈判", "Negotiation", 800_000, "open"),
            ("赢单", "Won", 1_000_000, "won"),
            ("输单", "Lost", 0, "lost"),
        ] {
            let values = [
                ("name", name.into()),
                ("name_latin", latin.into()),
                ("pipeline_id", pipeline.into()),
                ("probability", chance.into()),
                ("kind", kind.into()),
            ];
            stages.push(app.make("stage", &values).await);
        }
        House {
            app,
            customers,
            deals: vec![],
            stages,
        }
    }

    /// The whole company.
    pub async fn full() -> House {
        let mut house = House::bare().await;
        house.trade().await;
        house.sell().await;
        for (customer, grade) in house.customers.iter().zip(BY_HAND) {
            let values = [("party_id", Value::from(*customer)), ("grade", grade.into())];
            house.app.make("rating", &values).await;
        }
        house
    }

    async fn trade(&self) {
        for o in orders() {
            let values = [
                ("party_id", self.customers[o.customer].into()),
                ("ordered_on", o.on.as_str().into()),
                ("kind", if o.back { "return" } else { "sale" }.into()),
                ("status", "confirmed".into()),
                ("currency", "CNY".into()),
                ("freight", o.freight.into()),
            ];
            let id = self.app.make("order", &values).await;
            for (at, (pieces, price, discount, cost)) in o.lines.iter().enumerate() {
                let line = [
                    ("order_id", id.into()),
                    ("position", i64::try_from(at + 1).unwrap().into()),
                    ("quantity", (pieces * 1_000).into()),
                    ("unit_price", (*price).into()),
                    ("discount", (*discount).into()),
                    ("unit_cost", cost.map_or(Value::Null, Value::from)),
                ];
                self.app.make("order_line", &line).await;
            }
        }
        for (customer, issued, due, total, paid) in INVOICES {
            let party: Value = self.customers[customer].into();
            let values = [
                ("party_id", party.clone()),
                ("issued_on", issued.into()),
                ("due_on", due.into()),
                ("total", total.into()),
            ];
            let invoice = self.app.make("invoice", &values).await;
            if let Some((on, amount)) = paid {
                let values = [
                    ("party_id", party),
                    ("received_on", on.into()),
                    ("amount", amount.into()),
                ];
                let payment = self.app.make("payment", &values).await;
                let values = [
                    ("payment_id", payment.into()),
                    ("invoice_id", invoice.into()),
                    ("amount", amount.into()),
                ];
                self.app.make("allocation", &values).await;
            }
        }
    }

    async fn sell(&mut self) {
        let owners = [
            self.app.user("lin", "salesperson").await,
            self.app.user("zhao", "salesperson").await,
        ];
        for (k, d) in deals().into_iter().enumerate() {
            let values = [
                ("name", format!("商机 {k:02}").as_str().into()),
                ("party_id", self.customers[k % 12].into()),
                ("owner_id", owners[d.owner].into()),
                ("amount", d.amount.into()),
                ("entered_on", d.entered.as_str().into()),
            ];
            let id = self.app.make("deal", &values).await;
            let mut from = 0;
            for (to, on) in d.path {
                let step = [
                    ("deal_id", id.into()),
                    ("from_id", self.stages[from].into()),
                    ("to_id", self.stages[to].into()),
                    ("moved_on", on.as_str().into()),
                ];
                self.app.make("stage_move", &step).await;
                from = to;
            }
            self.deals.push(id);
        }
    }
}

/// Money as a table shows it: whole units, grouped below 10,000, then in 万 with one decimal or in thousands.
pub fn short(minor: i64, chinese: bool) -> String {
    let sign = if minor < 0 { "−" } else { "" };
    let whole = (minor.abs() + 50) / 100;
    let body = match whole {
        0..10_000 => grouped(whole),
        _ if chinese => format!("{}万", format!("{:.1}", whole as f64 / 1e4).trim_end_matches(".0")),
        _ if whole < 999_500 => format!("{:.0}K", whole as f64 / 1e3),
        _ => format!("{:.2}M", whole as f64 / 1e6),
    };
    format!("{sign}¥{body}")
}

/// Money to the last cent.
pub fn full(minor: i64) -> String {
    let sign = if minor < 0 { "−" } else { "" };
    format!("{sign}¥{}.{:02}", grouped(minor.abs() / 100), minor.abs() % 100)
}

/// An integer with commas.
pub fn grouped(n: i64) -> String {
    if n < 1_000 {
        n.to_string()
    } else {
        format!("{},{:03}", grouped(n / 1_000), n % 1_000)
    }
}

/// A share as a percentage.
pub fn percent(share: f64, decimals: usize) -> String {
    format!(
        "{}{:.decimals$}%",
        if share < 0.0 { "−" } else { "" },
        share.abs() * 100.0
    )
}

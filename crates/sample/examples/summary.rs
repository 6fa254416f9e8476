//! Prints what the default company looks like and how long generating takes, for tuning.

use std::time::Instant;

use zhike_sample::{OrderKind, OrderStatus, PartyKind, Scale, company, scale_order, scale_party};

fn main() {
    let t = Instant::now();
    let c = company(&zhike_sample::Options::default());
    println!("company() took {:?}", t.elapsed());
    let lines: usize = c.orders.iter().map(|o| o.lines.len()).sum();
    let returns = c.orders.iter().filter(|o| o.kind == OrderKind::Return).count();
    let persons = c.parties.iter().filter(|p| p.kind == PartyKind::Person).count();
    println!(
        "parties {} (persons {persons}), relations {}, products {}",
        c.parties.len(),
        c.relations.len(),
        c.products.len()
    );
    println!(
        "orders {}, returns {returns}, lines {lines}, service {}",
        c.orders.len(),
        c.service.len()
    );
    for status in OrderStatus::ALL {
        println!(
            "  {} {}",
            status.code(),
            c.orders.iter().filter(|o| o.status == *status).count()
        );
    }
    println!(
        "invoices {}, payments {}, allocations {}",
        c.invoices.len(),
        c.payments.len(),
        c.allocations.len()
    );
    let invoiced: i64 = c.invoices.iter().map(|i| i.total_minor).sum();
    let open = invoiced - c.allocations.iter().map(|a| a.amount_minor).sum::<i64>();
    let overdue = c.invoices.iter().filter(|i| i.due_on < c.as_of).count();
    println!(
        "invoiced {} yuan, open {} yuan, due so far {overdue}",
        invoiced / 100,
        open / 100
    );
    let kind = |k: &str| {
        c.deals
            .iter()
            .filter(|d| c.pipelines[d.pipeline].stages[d.stage].kind == k)
            .count()
    };
    println!(
        "deals {}: open {}, won {}, lost {}",
        c.deals.len(),
        kind("open"),
        kind("won"),
        kind("lost")
    );
    println!(
        "ratings {}, noisy {}, duplicates {}",
        c.manual_ratings.len(),
        c.truth.noisy_ratings.len(),
        c.truth.duplicates.len()
    );
    println!("{:?}", c.truth.whale);
    let sum = |f: fn(&zhike_sample::Profit) -> i64| c.truth.customers.iter().map(|x| f(&x.profit)).sum::<i64>() / 100;
    println!(
        "revenue {}, goods {}, freight {}, handling {}, service {}, capital {}, profit {}",
        sum(|p| p.revenue_minor),
        sum(|p| p.goods_minor),
        sum(|p| p.freight_minor),
        sum(|p| p.handling_minor),
        sum(|p| p.service_minor),
        sum(|p| p.capital_minor),
        sum(|p| p.profit_minor)
    );
    println!(
        "still alive {}",
        c.truth.customers.iter().filter(|x| x.gone_on.is_none()).count()
    );
    for p in c.parties.iter().take(30) {
        println!(
            "  {} | {} | {} | {} | {} | {}",
            p.name, p.name_latin, p.phone, p.email, p.tax_number, p.address
        );
    }
    for d in &c.truth.duplicates {
        println!(
            "  {:?}: {:?} / {:?}",
            d.variation, c.parties[d.original].name, c.parties[d.copy].name
        );
    }
    let s = Scale::default();
    let t = Instant::now();
    let n = 400_000;
    let lines: usize = (0..n).map(|i| scale_order(&s, i).lines.len()).sum();
    println!("scale: {n} orders with {lines} lines in {:?}", t.elapsed());
    let t = Instant::now();
    let bytes: usize = (0..n).map(|i| scale_party(&s, i).name.len()).sum();
    println!("scale: {n} parties ({bytes} bytes of names) in {:?}", t.elapsed());
}

//! The list of areas. A new area is entered here and nowhere else.

use crate::config::Config;
use zhike_outward::Outward;
use zhike_web::Area;

/// All areas, in the order of their migrations.
pub fn all(config: &Config) -> Vec<Area> {
    let outward = Outward::new(config.private_calls);
    let subjects = zhike_approval::Subjects::new([zhike_sales::approvable(), vec![zhike_order::approvable()]].concat());
    let approvals = zhike_approval::port(&subjects);
    let selling = zhike_sales::Ports {
        parties: zhike_party::port(),
        approvals: approvals.clone(),
        orders: zhike_order::port(),
        pricing: zhike_catalog::pricing(),
        tasks: zhike_work::port(),
    };
    let joining = zhike_connect::Ports {
        levels: zhike_stock::levels(),
        orders: zhike_order::port(),
        books: zhike_billing::books(),
        outward: outward.clone(),
    };
    let ordering = zhike_order::Ports {
        pricing: zhike_catalog::pricing(),
        stock: zhike_stock::port(),
        tasks: zhike_service::deliveries(zhike_work::port()),
        billing: zhike_billing::port(zhike_party::port(), zhike_order::port()),
        approvals,
    };
    let serving = zhike_service::Ports {
        tasks: zhike_work::port(),
        outbound: Some(zhike_consent::outbound()),
        gate: zhike_consent::gate(),
        parties: zhike_party::port(),
    };
    let channels = zhike_channel::Ports::new(
        zhike_consent::outbound(),
        zhike_inbox::port(),
        zhike_consent::opt_outs(),
        outward.clone(),
        zhike_inbox::mailer(),
    );
    let posting = letters();
    let hosting = zhike_portal::Ports {
        outbound: zhike_consent::outbound(),
        interactions: zhike_inbox::port(),
    };
    let others = [
        zhike_channel::carriers(&channels),
        zhike_portal::carriers(&hosting),
        zhike_letter::carriers(),
    ]
    .concat();
    let receiving = zhike_inbox::Ports {
        outbound: zhike_consent::outbound(),
        tasks: zhike_work::port(),
        gate: zhike_consent::gate(),
        parties: zhike_party::port(),
        dns: config.dns,
        carriers: others.clone(),
    };
    let calling = zhike_voice::Ports {
        gate: zhike_consent::gate(),
        interactions: zhike_inbox::port(),
        complaints: zhike_service::complaints(zhike_party::port()),
    };
    let carriers = config.carriers.and(zhike_inbox::carriers());
    vec![
        zhike_identity::area(),
        zhike_party::area(),
        zhike_catalog::area(),
        zhike_sales::area(selling),
        zhike_stock::area(),
        zhike_order::area(ordering),
        zhike_billing::area(
            zhike_billing::Ports {
                parties: zhike_party::port(),
                plans: zhike_sales::plans_port(),
                orders: zhike_order::port(),
                gate: zhike_consent::gate(),
                outbound: zhike_consent::outbound(),
            },
            &outward,
        ),
        zhike_insight::area(analysing()),
        zhike_exchange::area(config.drop.clone()),
        zhike_approval::area(&subjects),
        zhike_connect::area(&joining),
        zhike_work::area(),
        zhike_service::area(&serving),
        zhike_consent::area(&carriers.and(others), zhike_work::port()),
        zhike_inbox::area(&receiving),
        zhike_voice::area(&calling),
        zhike_portal::area(&hosting),
        zhike_channel::area(&channels),
        zhike_letter::area(&posting),
        zhike_shop::area(&shops()),
        zhike_analysis::area(zhike_identity::actors(), zhike_inbox::mailer()),
        zhike_care::area(zhike_work::port()),
    ]
}

/// What the value analysis needs.
fn analysing() -> zhike_insight::Ports {
    zhike_insight::Ports {
        funnel: zhike_sales::funnel_port(),
        tasks: zhike_work::port(),
        leanings: zhike_consent::leanings(),
        pipeline: zhike_sales::pipeline_port(),
        supplies: zhike_stock::supplies(),
        segments: zhike_analysis::segments(),
    }
}

/// What shops and message boxes need.
pub(crate) fn shops() -> zhike_shop::Ports {
    zhike_shop::Ports {
        orders: zhike_order::port(),
        billing: zhike_billing::port(zhike_party::port(), zhike_order::port()),
        books: zhike_billing::books(),
        interactions: zhike_inbox::port(),
        tasks: zhike_work::port(),
        outbound: zhike_consent::outbound(),
        gate: zhike_consent::gate(),
    }
}

/// What letters on paper need.
pub(crate) fn letters() -> zhike_letter::Ports {
    zhike_letter::Ports {
        outbound: zhike_consent::outbound(),
        interactions: zhike_inbox::port(),
    }
}

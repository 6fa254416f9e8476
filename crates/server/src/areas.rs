//! The list of areas. A new area is entered here and nowhere else.

use zhike_web::Area;

/// All areas, in the order of their migrations.
pub fn all() -> Vec<Area> {
    vec![
        zhike_identity::area(),
        zhike_party::area(),
        zhike_catalog::area(),
        zhike_sales::area(zhike_party::port()),
        zhike_order::area(zhike_catalog::pricing()),
        zhike_billing::area(zhike_party::port()),
        zhike_insight::area(zhike_sales::funnel_port()),
        zhike_exchange::area(),
    ]
}

//! The tables of this area.

use zhike_store::Migration;

/// In order; never changed once released.
pub const STEPS: &[Migration] = &[
    FIRST,
    MONTHS,
    LIFETIME,
    crate::alarm::STEP,
    crate::measure::STEP,
    crate::offer::STEP,
    crate::forecast::STEP,
    crate::churn::STEP,
    crate::alarm::CAUSE,
    crate::cluster::STEP,
];

/// Net sales of the last twelve months, in minor units, oldest first.
const MONTHS: Migration = Migration {
    name: "insight_0002",
    up: &["ALTER TABLE insight_customer ADD COLUMN months TEXT"],
};

/// What each customer will still bring. Times in days; `p_alive` and `margin` in parts per million, `expected` in thousandths,
/// `residual` in millionths; `quarters` are bits, the lowest is the quarter of entry.
const LIFETIME: Migration = Migration {
    name: "insight_0003",
    up: &[
        "CREATE TABLE insight_lifetime (party_id BIGINT PRIMARY KEY, first_order_on TEXT NOT NULL, bought_on TEXT NOT NULL, \
         x BIGINT NOT NULL, t_x BIGINT NOT NULL, t BIGINT NOT NULL, spent BIGINT NOT NULL, p_alive BIGINT, expected BIGINT, \
         residual BIGINT, amount BIGINT, margin BIGINT, npv BIGINT, npv_low BIGINT, npv_high BIGINT, contribution BIGINT, \
         limit_days BIGINT, quarters BIGINT NOT NULL, run_id BIGINT NOT NULL)",
        "CREATE INDEX insight_lifetime_npv ON insight_lifetime (npv, party_id)",
        "CREATE INDEX insight_lifetime_alive ON insight_lifetime (p_alive, party_id)",
        "CREATE INDEX insight_lifetime_expected ON insight_lifetime (expected, party_id)",
        "CREATE INDEX insight_lifetime_first ON insight_lifetime (first_order_on, party_id)",
    ],
};

const FIRST: Migration = Migration {
    name: "insight_0001",
    up: &[
        "CREATE TABLE insight_rating (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, party_id BIGINT NOT NULL, user_id BIGINT, grade TEXT NOT NULL, rated_on TEXT NOT NULL, note TEXT)",
        "CREATE INDEX insight_rating_party ON insight_rating (party_id, rated_on, id)",
        "CREATE INDEX insight_rating_day ON insight_rating (rated_on, id)",
        "CREATE INDEX insight_rating_updated ON insight_rating (updated_at, id)",
        "CREATE TABLE insight_service_use (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, party_id BIGINT NOT NULL, used_on TEXT NOT NULL, kind TEXT NOT NULL, minutes BIGINT, note TEXT)",
        "CREATE INDEX insight_service_use_party ON insight_service_use (party_id, used_on, id)",
        "CREATE INDEX insight_service_use_day ON insight_service_use (used_on, id)",
        "CREATE INDEX insight_service_use_updated ON insight_service_use (updated_at, id)",
        // One row per customer of the last analysis; a customer rated by hand before it has only that. `growth` is in parts
        // per million, `delay` in thousandths of a day, `score` in hundredths.
        "CREATE TABLE insight_customer (party_id BIGINT PRIMARY KEY, tier TEXT, grade TEXT, manual_grade TEXT, score BIGINT, \
         rank BIGINT, revenue BIGINT, discount BIGINT, returns BIGINT, product_cost BIGINT, assumed_cost BIGINT, assumed_revenue BIGINT, \
         delivery BIGINT, service BIGINT, credit BIGINT, profit BIGINT, orders BIGINT, lines BIGINT, last_order_on TEXT, \
         rhythm_days BIGINT, silent_on TEXT, growth BIGINT, delay BIGINT, contributions TEXT, run_id BIGINT)",
        "CREATE INDEX insight_customer_rank ON insight_customer (rank)",
        "CREATE INDEX insight_customer_profit ON insight_customer (profit, party_id)",
        "CREATE INDEX insight_customer_revenue ON insight_customer (revenue, party_id)",
        "CREATE INDEX insight_customer_tier ON insight_customer (tier, party_id)",
        "CREATE INDEX insight_customer_grade ON insight_customer (grade, party_id)",
        "CREATE INDEX insight_customer_manual ON insight_customer (manual_grade, party_id)",
        "CREATE INDEX insight_customer_silent ON insight_customer (silent_on, party_id)",
        "CREATE INDEX insight_customer_last ON insight_customer (last_order_on, party_id)",
        "CREATE TABLE insight_product (product_id BIGINT PRIMARY KEY, revenue BIGINT NOT NULL, discount BIGINT NOT NULL, \
         returns BIGINT NOT NULL, cost BIGINT NOT NULL, assumed BIGINT NOT NULL, assumed_revenue BIGINT NOT NULL, \
         delivery BIGINT NOT NULL, profit BIGINT NOT NULL, quantity BIGINT NOT NULL, lines BIGINT NOT NULL, \
         customers BIGINT NOT NULL, run_id BIGINT NOT NULL)",
        "CREATE INDEX insight_product_profit ON insight_product (profit, product_id)",
        "CREATE TABLE insight_run (id {pk}, kind TEXT NOT NULL, from_on TEXT, to_on TEXT, params TEXT NOT NULL, facts_version TEXT, \
         code_version TEXT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT, state TEXT NOT NULL, result TEXT, error TEXT, \
         user_id BIGINT)",
        "CREATE INDEX insight_run_kind ON insight_run (kind, state, id)",
        "CREATE TABLE insight_assumption (name TEXT PRIMARY KEY, value BIGINT NOT NULL, note TEXT)",
        "CREATE TABLE insight_model (id {pk}, name TEXT NOT NULL, body TEXT NOT NULL, version BIGINT NOT NULL, active BOOLEAN NOT NULL, \
         created_at BIGINT NOT NULL, user_id BIGINT, note TEXT)",
        "CREATE INDEX insight_model_active ON insight_model (active, id)",
    ],
};

//! The tables of the area. Everything a list is sorted by has an index; the sums of the board are read from one too.

use zhike_store::Migration;

/// All steps.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "sales_0001",
    up: &[
        "CREATE TABLE sales_pipeline (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, active BOOLEAN)",
        "CREATE INDEX sales_pipeline_name ON sales_pipeline (name, id)",
        "CREATE INDEX sales_pipeline_updated ON sales_pipeline (updated_at, id)",
        "CREATE TABLE sales_stage (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, pipeline_id BIGINT NOT NULL REFERENCES sales_pipeline (id), \
         position BIGINT NOT NULL, probability BIGINT, kind TEXT NOT NULL)",
        "CREATE INDEX sales_stage_pipeline ON sales_stage (pipeline_id, position, id)",
        "CREATE INDEX sales_stage_name ON sales_stage (name, id)",
        "CREATE INDEX sales_stage_latin ON sales_stage (name_latin, id)",
        "CREATE INDEX sales_stage_position ON sales_stage (position, id)",
        "CREATE INDEX sales_stage_updated ON sales_stage (updated_at, id)",
        "CREATE TABLE sales_deal (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, party_id BIGINT, amount BIGINT, currency TEXT, \
         pipeline_id BIGINT NOT NULL REFERENCES sales_pipeline (id), stage_id BIGINT NOT NULL REFERENCES sales_stage (id), \
         owner_id BIGINT, expected_on TEXT, entered_on TEXT NOT NULL, closed_on TEXT, next_step TEXT, next_step_on TEXT, \
         product_id BIGINT, source TEXT, competitor TEXT, lost_reason TEXT, external_key TEXT, note TEXT, \
         stage_since_on TEXT NOT NULL, position BIGINT NOT NULL)",
        "CREATE INDEX sales_deal_updated ON sales_deal (updated_at, id)",
        "CREATE INDEX sales_deal_created ON sales_deal (created_at, id)",
        "CREATE INDEX sales_deal_number ON sales_deal (number, id)",
        "CREATE INDEX sales_deal_name ON sales_deal (name, id)",
        "CREATE INDEX sales_deal_amount ON sales_deal (amount, id)",
        "CREATE INDEX sales_deal_expected ON sales_deal (expected_on, id)",
        "CREATE INDEX sales_deal_next ON sales_deal (next_step_on, id)",
        "CREATE INDEX sales_deal_entered ON sales_deal (entered_on, id)",
        "CREATE INDEX sales_deal_closed ON sales_deal (closed_on, id)",
        "CREATE INDEX sales_deal_lane ON sales_deal (stage_id, position, id)",
        "CREATE INDEX sales_deal_lane_closed ON sales_deal (stage_id, closed_on, id)",
        "CREATE INDEX sales_deal_sum ON sales_deal (stage_id, archived_at, currency, amount)",
        "CREATE INDEX sales_deal_party ON sales_deal (party_id, updated_at, id)",
        "CREATE INDEX sales_deal_owner ON sales_deal (owner_id, updated_at, id)",
        "CREATE INDEX sales_deal_product ON sales_deal (product_id)",
        "CREATE INDEX sales_deal_cohort ON sales_deal (pipeline_id, entered_on)",
        "CREATE INDEX sales_deal_external ON sales_deal (external_key) WHERE external_key IS NOT NULL",
        "CREATE TABLE sales_stage_move (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, moved_on TEXT NOT NULL, deal_id BIGINT NOT NULL REFERENCES sales_deal (id) ON DELETE CASCADE, \
         from_id BIGINT REFERENCES sales_stage (id), to_id BIGINT NOT NULL REFERENCES sales_stage (id))",
        "CREATE INDEX sales_stage_move_deal ON sales_stage_move (deal_id, moved_on, id)",
        "CREATE INDEX sales_stage_move_to ON sales_stage_move (to_id)",
        "CREATE INDEX sales_stage_move_from ON sales_stage_move (from_id)",
        "CREATE INDEX sales_stage_move_moved ON sales_stage_move (moved_on, id)",
        "CREATE INDEX sales_stage_move_updated ON sales_stage_move (updated_at, id)",
    ],
}];

//! Tables of leads, their forms, rules and indicators.

use zhike_store::Migration;

/// The steps.
pub(crate) const STEP: Migration = Migration {
    name: "sales_0002_lead",
    up: &[
        "CREATE TABLE sales_reason (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, subject TEXT NOT NULL, position BIGINT, active BOOLEAN)",
        "CREATE INDEX sales_reason_name ON sales_reason (name, id)",
        "CREATE INDEX sales_reason_updated ON sales_reason (updated_at, id)",
        "CREATE INDEX sales_reason_subject ON sales_reason (subject, position, id)",
        "CREATE TABLE sales_pool (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, subject TEXT NOT NULL, held_limit BIGINT, day_limit BIGINT, back_days BIGINT, \
         adopts BOOLEAN, active BOOLEAN)",
        "CREATE INDEX sales_pool_name ON sales_pool (name, id)",
        "CREATE INDEX sales_pool_updated ON sales_pool (updated_at, id)",
        "CREATE TABLE sales_pool_team (pool_id BIGINT NOT NULL REFERENCES sales_pool (id) ON DELETE CASCADE, team_id BIGINT NOT NULL, PRIMARY KEY (pool_id, team_id))",
        "CREATE TABLE sales_pool_rule (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, pool_id BIGINT NOT NULL REFERENCES sales_pool (id), subject TEXT, position BIGINT, warn_days BIGINT, \
         active BOOLEAN, condition TEXT)",
        "CREATE INDEX sales_pool_rule_name ON sales_pool_rule (name, id)",
        "CREATE INDEX sales_pool_rule_updated ON sales_pool_rule (updated_at, id)",
        "CREATE INDEX sales_pool_rule_position ON sales_pool_rule (position, id)",
        "CREATE TABLE sales_party (party_id BIGINT PRIMARY KEY, pool_id BIGINT, last_contact_at BIGINT, recycle_on TEXT)",
        "CREATE INDEX sales_party_pool ON sales_party (pool_id, party_id)",
        "CREATE INDEX sales_party_contact ON sales_party (last_contact_at, party_id)",
        "CREATE INDEX sales_party_recycle ON sales_party (recycle_on, party_id)",
        "CREATE TABLE sales_recycle (subject TEXT NOT NULL, record_id BIGINT NOT NULL, rule_id BIGINT NOT NULL, pool_id BIGINT NOT NULL, owner_id BIGINT NOT NULL, \
         warned_on TEXT NOT NULL, due_on TEXT NOT NULL, PRIMARY KEY (subject, record_id))",
        "CREATE INDEX sales_recycle_owner ON sales_recycle (owner_id, due_on)",
        "CREATE TABLE sales_holding (subject TEXT NOT NULL, record_id BIGINT NOT NULL, pool_id BIGINT NOT NULL, user_id BIGINT NOT NULL, at BIGINT NOT NULL, \
         PRIMARY KEY (subject, record_id))",
        "CREATE INDEX sales_holding_user ON sales_holding (user_id, pool_id)",
        "CREATE TABLE sales_ownership (id {pk}, subject TEXT NOT NULL, record_id BIGINT NOT NULL, from_id BIGINT, to_id BIGINT, why TEXT NOT NULL, \
         pool_id BIGINT, rule_id BIGINT, user_id BIGINT, at BIGINT NOT NULL, note TEXT)",
        "CREATE INDEX sales_ownership_record ON sales_ownership (subject, record_id, id)",
        "CREATE INDEX sales_ownership_user ON sales_ownership (user_id, why, at)",
        "CREATE TABLE sales_lead_form (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, title TEXT, title_latin TEXT, intro TEXT, intro_latin TEXT, language TEXT, asks TEXT, needs TEXT, owner_id BIGINT, \
         source TEXT, campaign TEXT, thanks TEXT, thanks_latin TEXT, sites TEXT, hour_limit BIGINT, active BOOLEAN, token TEXT NOT NULL)",
        "CREATE UNIQUE INDEX sales_lead_form_token ON sales_lead_form (token)",
        "CREATE INDEX sales_lead_form_name ON sales_lead_form (name, id)",
        "CREATE INDEX sales_lead_form_updated ON sales_lead_form (updated_at, id)",
        "CREATE TABLE sales_lead_rule (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, position BIGINT, way TEXT NOT NULL, user_id BIGINT, team_id BIGINT, active BOOLEAN, condition TEXT, last_user_id BIGINT)",
        "CREATE INDEX sales_lead_rule_position ON sales_lead_rule (position, id)",
        "CREATE INDEX sales_lead_rule_name ON sales_lead_rule (name, id)",
        "CREATE INDEX sales_lead_rule_updated ON sales_lead_rule (updated_at, id)",
        "CREATE TABLE sales_lead_share (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         rule_id BIGINT NOT NULL REFERENCES sales_lead_rule (id), region TEXT, product_id BIGINT, user_id BIGINT NOT NULL)",
        "CREATE INDEX sales_lead_share_rule ON sales_lead_share (rule_id, id)",
        "CREATE INDEX sales_lead_share_updated ON sales_lead_share (updated_at, id)",
        "CREATE INDEX sales_lead_share_product ON sales_lead_share (product_id)",
        "CREATE TABLE sales_lead_indicator (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, points BIGINT NOT NULL, active BOOLEAN, condition TEXT)",
        "CREATE INDEX sales_lead_indicator_name ON sales_lead_indicator (name, id)",
        "CREATE INDEX sales_lead_indicator_updated ON sales_lead_indicator (updated_at, id)",
        "CREATE TABLE sales_lead (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, company TEXT, company_latin TEXT, job_title TEXT, phone TEXT, email TEXT, \
         region TEXT, city TEXT, source TEXT, campaign TEXT, product_id BIGINT, interest TEXT, message TEXT, owner_id BIGINT, status TEXT NOT NULL, \
         reason_id BIGINT, reason_note TEXT, received_on TEXT NOT NULL, first_response_at BIGINT, score BIGINT NOT NULL, score_why TEXT, \
         known_customer BOOLEAN, free_mail BOOLEAN, message_length BIGINT, rule_id BIGINT, assigned_by TEXT, pool_id BIGINT, form_id BIGINT, \
         repeats BIGINT, party_id BIGINT, contact_id BIGINT, deal_id BIGINT, converted_on TEXT, external_key TEXT)",
        "CREATE INDEX sales_lead_updated ON sales_lead (updated_at, id)",
        "CREATE INDEX sales_lead_created ON sales_lead (created_at, id)",
        "CREATE INDEX sales_lead_number ON sales_lead (number, id)",
        "CREATE INDEX sales_lead_name ON sales_lead (name, id)",
        "CREATE INDEX sales_lead_company ON sales_lead (company, id)",
        "CREATE INDEX sales_lead_score ON sales_lead (score, id)",
        "CREATE INDEX sales_lead_received ON sales_lead (received_on, id)",
        "CREATE INDEX sales_lead_status ON sales_lead (status, received_on, id)",
        "CREATE INDEX sales_lead_owner ON sales_lead (owner_id, status, received_on, id)",
        "CREATE INDEX sales_lead_pool ON sales_lead (pool_id, received_on, id)",
        "CREATE INDEX sales_lead_party ON sales_lead (party_id)",
        "CREATE INDEX sales_lead_contact ON sales_lead (contact_id)",
        "CREATE INDEX sales_lead_deal ON sales_lead (deal_id)",
        "CREATE INDEX sales_lead_external ON sales_lead (external_key) WHERE external_key IS NOT NULL",
        "CREATE TABLE sales_form_hit (id {pk}, form_id BIGINT NOT NULL, peer TEXT NOT NULL, fold TEXT NOT NULL, lead_id BIGINT, at BIGINT NOT NULL)",
        "CREATE INDEX sales_form_hit_peer ON sales_form_hit (form_id, peer, at)",
        "CREATE INDEX sales_form_hit_fold ON sales_form_hit (form_id, fold, at)",
        // The night's work makes its own next turn; this is the first.
        "INSERT INTO job (name, unique_key, payload, due_at, created_at, state) VALUES ('pool.reconcile', NULL, '{}', 0, 0, 'waiting')",
    ],
};

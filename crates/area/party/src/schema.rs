//! Tables of parties, their roles, relations and merges.

use zhike_store::Migration;

/// The steps, in order.
pub(crate) fn migrations() -> Vec<Migration> {
    vec![Migration {
        name: "party_0001",
        up: &[
            "CREATE TABLE party_party (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
             archived_at BIGINT, number TEXT, name TEXT NOT NULL, name_latin TEXT, kind TEXT, roles TEXT, status TEXT, industry TEXT, \
             region TEXT, city TEXT, address TEXT, country TEXT, phone TEXT, phone2 TEXT, email TEXT, website TEXT, tax_number TEXT, \
             source TEXT, owner_id BIGINT, parent_id BIGINT REFERENCES party_party (id), job_title TEXT, employees BIGINT, currency TEXT, \
             credit_limit BIGINT, payment_days BIGINT, external_key TEXT, note TEXT, name_key TEXT, phone_key TEXT, \
             merged_into BIGINT REFERENCES party_party (id))",
            "CREATE INDEX party_party_updated ON party_party (updated_at, id)",
            "CREATE INDEX party_party_created ON party_party (created_at, id)",
            "CREATE INDEX party_party_name ON party_party (name, id)",
            "CREATE UNIQUE INDEX party_party_number ON party_party (number)",
            "CREATE INDEX party_party_city ON party_party (city, id)",
            "CREATE INDEX party_party_industry ON party_party (industry, id)",
            "CREATE INDEX party_party_region ON party_party (region, id)",
            "CREATE INDEX party_party_owner ON party_party (owner_id, updated_at, id)",
            // Most parties have neither: among all those empty places the statistics would make the index look useless.
            "CREATE INDEX party_party_parent ON party_party (parent_id) WHERE parent_id IS NOT NULL",
            "CREATE UNIQUE INDEX party_party_external ON party_party (external_key) WHERE archived_at IS NULL AND external_key IS NOT NULL",
            "CREATE INDEX party_party_merged ON party_party (merged_into) WHERE merged_into IS NOT NULL",
            // For duplicates: only what is present counts, so that groups are read from the index alone.
            "CREATE INDEX party_party_name_key ON party_party (name_key) WHERE archived_at IS NULL",
            "CREATE INDEX party_party_phone_key ON party_party (phone_key) WHERE archived_at IS NULL",
            "CREATE INDEX party_party_email ON party_party (email) WHERE archived_at IS NULL",
            "CREATE INDEX party_party_phone ON party_party (phone) WHERE archived_at IS NULL",
            "CREATE INDEX party_party_tax ON party_party (tax_number) WHERE archived_at IS NULL AND tax_number IS NOT NULL",
            "CREATE TABLE party_role (id {pk}, party_id BIGINT NOT NULL REFERENCES party_party (id), role TEXT NOT NULL, \
             since_on TEXT, until_on TEXT)",
            "CREATE INDEX party_role_party ON party_role (party_id, role)",
            "CREATE INDEX party_role_role ON party_role (role, party_id)",
            "CREATE TABLE party_relation (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
             archived_at BIGINT, from_id BIGINT NOT NULL REFERENCES party_party (id), to_id BIGINT NOT NULL REFERENCES party_party (id), \
             kind TEXT, title TEXT, since_on TEXT, until_on TEXT)",
            "CREATE INDEX party_relation_from ON party_relation (from_id, kind)",
            "CREATE INDEX party_relation_to ON party_relation (to_id, kind)",
            "CREATE INDEX party_relation_updated ON party_relation (updated_at, id)",
            "CREATE TABLE party_not_duplicate (low_id BIGINT NOT NULL, high_id BIGINT NOT NULL, at BIGINT NOT NULL, user_id BIGINT, \
             PRIMARY KEY (low_id, high_id))",
            "CREATE TABLE party_merge (id {pk}, winner_id BIGINT NOT NULL REFERENCES party_party (id), \
             loser_id BIGINT NOT NULL REFERENCES party_party (id), at BIGINT NOT NULL, user_id BIGINT, taken TEXT NOT NULL, \
             moved TEXT NOT NULL, undone_at BIGINT)",
            "CREATE INDEX party_merge_winner ON party_merge (winner_id, id)",
            "CREATE INDEX party_merge_loser ON party_merge (loser_id, id)",
        ],
    }]
}

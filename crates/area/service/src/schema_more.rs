//! Tables of what grows out of cases: incidents with the customers they hit, improvements with who asked for them, articles.

use zhike_store::Migration;

pub(crate) const MORE: Migration = Migration {
    name: "service_0004",
    up: &[
        "ALTER TABLE service_case ADD COLUMN incident_id BIGINT",
        "ALTER TABLE service_case ADD COLUMN improvement_id BIGINT",
        "CREATE INDEX service_case_incident ON service_case (incident_id) WHERE incident_id IS NOT NULL",
        "CREATE INDEX service_case_improvement ON service_case (improvement_id) WHERE improvement_id IS NOT NULL",
        "CREATE TABLE service_incident (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, status TEXT NOT NULL, product_id BIGINT, batch TEXT, from_on TEXT, until_on TEXT, \
         class TEXT NOT NULL, letter TEXT, letter_latin TEXT, remedy_id BIGINT, owner_id BIGINT, hit BIGINT, told BIGINT, note TEXT)",
        "CREATE INDEX service_incident_number ON service_incident (number, id)",
        "CREATE INDEX service_incident_name ON service_incident (name, id)",
        "CREATE INDEX service_incident_updated ON service_incident (updated_at, id)",
        "CREATE INDEX service_incident_created ON service_incident (created_at, id)",
        "CREATE TABLE service_incident_party (id {pk}, incident_id BIGINT NOT NULL, party_id BIGINT NOT NULL, why TEXT NOT NULL, found_at BIGINT NOT NULL, \
         spared BOOLEAN NOT NULL, told_at BIGINT, message_id BIGINT, verdict TEXT)",
        "CREATE UNIQUE INDEX service_incident_party_once ON service_incident_party (incident_id, party_id)",
        "CREATE INDEX service_incident_party_of ON service_incident_party (party_id)",
        "CREATE TABLE service_improvement (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, status TEXT NOT NULL, product_id BIGINT, owner_id BIGINT, description TEXT, \
         effort BIGINT, decision TEXT, answer TEXT, answer_latin TEXT, asked BIGINT, worth BIGINT, cost BIGINT, shipped_on TEXT)",
        "CREATE INDEX service_improvement_number ON service_improvement (number, id)",
        "CREATE INDEX service_improvement_name ON service_improvement (name, id)",
        "CREATE INDEX service_improvement_asked ON service_improvement (asked, id)",
        "CREATE INDEX service_improvement_updated ON service_improvement (updated_at, id)",
        "CREATE INDEX service_improvement_created ON service_improvement (created_at, id)",
        "CREATE TABLE service_wish (id {pk}, improvement_id BIGINT NOT NULL, party_id BIGINT NOT NULL, case_id BIGINT, at BIGINT NOT NULL, told_at BIGINT, \
         message_id BIGINT, verdict TEXT)",
        "CREATE UNIQUE INDEX service_wish_once ON service_wish (improvement_id, party_id)",
        "CREATE TABLE service_article (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, body TEXT NOT NULL, body_latin TEXT, status TEXT NOT NULL, open BOOLEAN NOT NULL, \
         product_id BIGINT, cause_id BIGINT, case_id BIGINT, used BIGINT)",
        "CREATE INDEX service_article_number ON service_article (number, id)",
        "CREATE INDEX service_article_name ON service_article (name, id)",
        "CREATE INDEX service_article_used ON service_article (used, id)",
        "CREATE INDEX service_article_updated ON service_article (updated_at, id)",
        "CREATE INDEX service_article_created ON service_article (created_at, id)",
        "CREATE TABLE service_article_use (id {pk}, article_id BIGINT NOT NULL, case_id BIGINT NOT NULL, user_id BIGINT, at BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX service_article_use_once ON service_article_use (article_id, case_id)",
    ],
};

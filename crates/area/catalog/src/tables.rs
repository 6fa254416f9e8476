//! Tables of units, taxes, variants, bundles, price books and configurations.

use zhike_store::Migration;

/// The second step.
pub(crate) const SECOND: Migration = Migration {
    name: "catalog_0002",
    up: &[
        "ALTER TABLE catalog_product ADD COLUMN tax_class_id BIGINT",
        "ALTER TABLE catalog_product ADD COLUMN template_id BIGINT",
        "ALTER TABLE catalog_product ADD COLUMN configurable BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE catalog_product ADD COLUMN recurring TEXT",
        "ALTER TABLE catalog_product ADD COLUMN term_months BIGINT",
        "CREATE INDEX catalog_product_template ON catalog_product (template_id) WHERE template_id IS NOT NULL",
        "CREATE TABLE catalog_price_book (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, code TEXT, currency TEXT NOT NULL, priority BIGINT NOT NULL, \
         active BOOLEAN NOT NULL, party_id BIGINT, tier TEXT, channel TEXT, from_on TEXT, until_on TEXT)",
        "CREATE INDEX catalog_price_book_name ON catalog_price_book (name, id)",
        "CREATE INDEX catalog_price_book_updated ON catalog_price_book (updated_at, id)",
        "CREATE INDEX catalog_price_book_code ON catalog_price_book (code, id)",
        "CREATE TABLE catalog_price_entry (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, book_id BIGINT NOT NULL REFERENCES catalog_price_book (id), product_id BIGINT NOT NULL, \
         from_quantity BIGINT NOT NULL, price BIGINT, discount_rate BIGINT, from_on TEXT, until_on TEXT, note TEXT, currency TEXT)",
        "CREATE INDEX catalog_price_entry_book ON catalog_price_entry (book_id, product_id, from_quantity)",
        "CREATE INDEX catalog_price_entry_product ON catalog_price_entry (product_id)",
        "CREATE INDEX catalog_price_entry_updated ON catalog_price_entry (updated_at, id)",
        "CREATE TABLE catalog_unit (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, unit TEXT NOT NULL, product_id BIGINT NOT NULL, factor BIGINT NOT NULL)",
        "CREATE INDEX catalog_unit_product ON catalog_unit (product_id)",
        "CREATE INDEX catalog_unit_updated ON catalog_unit (updated_at, id)",
        "CREATE TABLE catalog_tax_class (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, code TEXT)",
        "CREATE INDEX catalog_tax_class_name ON catalog_tax_class (name, id)",
        "CREATE INDEX catalog_tax_class_updated ON catalog_tax_class (updated_at, id)",
        "CREATE INDEX catalog_tax_class_code ON catalog_tax_class (code, id)",
        "CREATE TABLE catalog_tax_rate (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, class_id BIGINT NOT NULL REFERENCES catalog_tax_class (id), from_on TEXT NOT NULL, rate BIGINT NOT NULL)",
        "CREATE INDEX catalog_tax_rate_class ON catalog_tax_rate (class_id, from_on)",
        "CREATE INDEX catalog_tax_rate_updated ON catalog_tax_rate (updated_at, id)",
        "CREATE TABLE catalog_option_group (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, product_id BIGINT NOT NULL, position BIGINT, least BIGINT NOT NULL, \
         most BIGINT NOT NULL)",
        "CREATE INDEX catalog_option_group_product ON catalog_option_group (product_id, position, id)",
        "CREATE INDEX catalog_option_group_updated ON catalog_option_group (updated_at, id)",
        "CREATE TABLE catalog_option (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, group_id BIGINT NOT NULL REFERENCES catalog_option_group (id), \
         position BIGINT, code TEXT NOT NULL, preset BOOLEAN NOT NULL, price BIGINT NOT NULL, cost BIGINT, product_id BIGINT, currency TEXT)",
        "CREATE INDEX catalog_option_product ON catalog_option (product_id, code)",
        "CREATE INDEX catalog_option_group_of ON catalog_option (group_id)",
        "CREATE INDEX catalog_option_updated ON catalog_option (updated_at, id)",
        "CREATE TABLE catalog_option_rule (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, product_id BIGINT NOT NULL, kind TEXT NOT NULL, given TEXT NOT NULL, others TEXT, message TEXT, message_latin TEXT)",
        "CREATE INDEX catalog_option_rule_product ON catalog_option_rule (product_id)",
        "CREATE INDEX catalog_option_rule_updated ON catalog_option_rule (updated_at, id)",
        "CREATE TABLE catalog_bundle_part (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, product_id BIGINT NOT NULL, part_id BIGINT NOT NULL, quantity BIGINT NOT NULL, note TEXT)",
        "CREATE INDEX catalog_bundle_part_product ON catalog_bundle_part (product_id)",
        "CREATE INDEX catalog_bundle_part_part ON catalog_bundle_part (part_id)",
        "CREATE INDEX catalog_bundle_part_updated ON catalog_bundle_part (updated_at, id)",
        "CREATE TABLE catalog_axis (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, product_id BIGINT NOT NULL, position BIGINT, choices TEXT NOT NULL)",
        "CREATE INDEX catalog_axis_product ON catalog_axis (product_id, position, id)",
        "CREATE INDEX catalog_axis_updated ON catalog_axis (updated_at, id)",
        "CREATE TABLE catalog_variant_value (product_id BIGINT NOT NULL REFERENCES catalog_product (id) ON DELETE CASCADE, \
         axis_id BIGINT NOT NULL REFERENCES catalog_axis (id) ON DELETE CASCADE, value TEXT NOT NULL, PRIMARY KEY (product_id, axis_id))",
    ],
};

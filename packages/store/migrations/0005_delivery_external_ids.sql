-- Up Migration
CREATE INDEX IF NOT EXISTS deliveries_external_ids_idx ON deliveries USING gin (external_ids);

-- Down Migration
DROP INDEX IF EXISTS deliveries_external_ids_idx;

-- Up Migration
-- A post is looked up by its first message id. The GIN index of all ids is kept without a pending list, because every
-- search would scan that list.
CREATE INDEX IF NOT EXISTS deliveries_first_external_id_idx
  ON deliveries (account_id, (external_ids[1])) WHERE external_ids[1] IS NOT NULL;
DROP INDEX IF EXISTS deliveries_external_ids_idx;
CREATE INDEX deliveries_external_ids_idx ON deliveries USING gin (external_ids) WITH (fastupdate = off);

-- Down Migration
DROP INDEX IF EXISTS deliveries_first_external_id_idx;
DROP INDEX IF EXISTS deliveries_external_ids_idx;
CREATE INDEX deliveries_external_ids_idx ON deliveries USING gin (external_ids);

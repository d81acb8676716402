-- Up Migration without a transaction
-- Old deliveries are removed in batches, oldest first. A delivery that is not due yet is not old.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_retention_idx;
CREATE INDEX CONCURRENTLY deliveries_retention_idx ON deliveries ((greatest(updated_at, due_at)));

-- Down Migration
DROP INDEX IF EXISTS deliveries_retention_idx;

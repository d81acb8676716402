-- Up Migration without a transaction
-- No index has a column that the end of an attempt changes, not even in its condition: so the end writes none.
-- due_at is set only while a command may still become due.
UPDATE deliveries SET updated_at = greatest(updated_at, due_at), due_at = NULL
WHERE due_at IS NOT NULL AND state <> 'scheduled';
DROP INDEX CONCURRENTLY IF EXISTS deliveries_due_idx;
CREATE INDEX CONCURRENTLY deliveries_due_idx ON deliveries (due_at, command_id) WHERE due_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_created_at_idx;
CREATE INDEX CONCURRENTLY deliveries_created_at_idx ON deliveries (created_at);
DROP INDEX CONCURRENTLY IF EXISTS deliveries_due_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_retention_idx;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_conversation_recent_idx;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_first_post_idx;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_external_ids_idx;

-- Down Migration
CREATE INDEX IF NOT EXISTS deliveries_external_ids_idx ON deliveries USING gin (external_ids) WITH (fastupdate = off);
CREATE INDEX IF NOT EXISTS deliveries_first_post_idx
  ON deliveries (account_id, (external_ids[1]), created_at) WHERE external_ids[1] IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_conversation_recent_idx
  ON deliveries (account_id, conversation_id, updated_at);
CREATE INDEX IF NOT EXISTS deliveries_retention_idx ON deliveries ((greatest(updated_at, due_at)));
CREATE INDEX IF NOT EXISTS deliveries_due_at_idx ON deliveries (due_at, command_id) WHERE state = 'scheduled';
DROP INDEX IF EXISTS deliveries_created_at_idx;
DROP INDEX IF EXISTS deliveries_due_idx;

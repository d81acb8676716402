-- Up Migration without a transaction
-- A post is looked up by its first platform id, oldest first. With the index on created_at alone, Postgres scanned
-- the table from about 400,000 rows on.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_first_post_idx;
CREATE INDEX CONCURRENTLY deliveries_first_post_idx
  ON deliveries (account_id, (external_ids[1]), created_at) WHERE external_ids[1] IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_first_external_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_created_at_idx;
-- Only recently changed deliveries of a conversation are read.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_conversation_recent_idx;
CREATE INDEX CONCURRENTLY deliveries_conversation_recent_idx
  ON deliveries (account_id, conversation_id, updated_at);
DROP INDEX CONCURRENTLY IF EXISTS deliveries_conversation_idx;

-- Down Migration
CREATE INDEX IF NOT EXISTS deliveries_created_at_idx ON deliveries (created_at);
CREATE INDEX IF NOT EXISTS deliveries_conversation_idx ON deliveries (account_id, conversation_id, created_at DESC);
CREATE INDEX IF NOT EXISTS deliveries_first_external_id_idx
  ON deliveries (account_id, (external_ids[1])) WHERE external_ids[1] IS NOT NULL;
DROP INDEX IF EXISTS deliveries_first_post_idx;
DROP INDEX IF EXISTS deliveries_conversation_recent_idx;

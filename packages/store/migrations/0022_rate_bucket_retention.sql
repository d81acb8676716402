-- Up Migration without a transaction
-- Unused buckets are removed in batches, the oldest first.
DROP INDEX CONCURRENTLY IF EXISTS rate_buckets_updated_at_idx;
CREATE INDEX CONCURRENTLY rate_buckets_updated_at_idx ON rate_buckets (updated_at);

-- Down Migration
DROP INDEX IF EXISTS rate_buckets_updated_at_idx;

-- Up Migration without a transaction
-- Each reads a whole table and blocks no writer. With a valid constraint, attaching the table as a partition reads
-- nothing.
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_first_bound;
ALTER TABLE delivery_posts VALIDATE CONSTRAINT delivery_posts_first_bound;
-- A canceled command is kept until it would have been due: its updated_at is in the future.
UPDATE deliveries SET is_late = true WHERE updated_at > stored_at + interval '1 day' AND NOT is_late;
DROP INDEX CONCURRENTLY IF EXISTS deliveries_late_idx;
CREATE INDEX CONCURRENTLY deliveries_late_idx ON deliveries (stored_at) WHERE is_late;
-- Partitions are dropped whole, so commands are no longer looked up by their age.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_created_at_idx;

-- Down Migration
CREATE INDEX IF NOT EXISTS deliveries_created_at_idx ON deliveries (created_at);
DROP INDEX IF EXISTS deliveries_late_idx;

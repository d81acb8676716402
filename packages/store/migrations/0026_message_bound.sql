-- Up Migration without a transaction
-- Reads the whole table and blocks no writer. With a valid constraint, attaching the table as a partition reads
-- nothing.
ALTER TABLE messages VALIDATE CONSTRAINT messages_first_bound;
-- Partitions are dropped whole, so messages are no longer looked up by their age.
DROP INDEX CONCURRENTLY IF EXISTS messages_received_at_idx;

-- Down Migration
CREATE INDEX IF NOT EXISTS messages_received_at_idx ON messages (received_at);

-- Up Migration without a transaction
-- Old messages are removed in batches. A reply may outlive the root of its thread. With the foreign key, each removal
-- would also scan the whole table for replies.
DROP INDEX CONCURRENTLY IF EXISTS messages_received_at_idx;
CREATE INDEX CONCURRENTLY messages_received_at_idx ON messages (received_at);
-- No query used it.
DROP INDEX CONCURRENTLY IF EXISTS messages_conv_time_idx;
ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_thread_root_message_id_fkey;

-- Down Migration
CREATE INDEX IF NOT EXISTS messages_conv_time_idx ON messages (tenant_id, conversation_id, received_at DESC);
DROP INDEX IF EXISTS messages_received_at_idx;

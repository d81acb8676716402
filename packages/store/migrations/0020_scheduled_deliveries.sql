-- Up Migration without a transaction
-- Finds scheduled commands that are overdue.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_due_at_idx;
CREATE INDEX CONCURRENTLY deliveries_due_at_idx ON deliveries (due_at, command_id) WHERE state = 'scheduled';

-- Down Migration
DROP INDEX IF EXISTS deliveries_due_at_idx;

-- Up Migration
-- Finds commands whose time has passed and that nobody began.
CREATE INDEX IF NOT EXISTS deliveries_due_at_idx ON deliveries (due_at, command_id) WHERE state = 'scheduled';

-- Down Migration
DROP INDEX IF EXISTS deliveries_due_at_idx;

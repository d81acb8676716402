-- Up Migration
-- waits_for: on a scheduled edit, the scheduled command that it changes. A later edit that is shown first supersedes
-- it.
ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS waits_for text NOT NULL DEFAULT '';
CREATE INDEX IF NOT EXISTS deliveries_waits_for_idx ON deliveries (account_id, waits_for) WHERE waits_for <> '';

-- Down Migration
DROP INDEX IF EXISTS deliveries_waits_for_idx;
ALTER TABLE deliveries DROP COLUMN IF EXISTS waits_for;

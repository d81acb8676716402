-- Up Migration
-- A platform may send one gesture under two source ids. The part that both share is kept as a second id.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS second_source_id text;
CREATE UNIQUE INDEX IF NOT EXISTS messages_account_second_source_idx
  ON messages (account_id, second_source_id) WHERE second_source_id IS NOT NULL;

-- Down Migration
DROP INDEX IF EXISTS messages_account_second_source_idx;
ALTER TABLE messages DROP COLUMN IF EXISTS second_source_id;

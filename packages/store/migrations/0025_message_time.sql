-- Up Migration
-- Prepares the partitions of messages. `recorded_at` is the time of the statement that recorded the event, by the
-- clock of Postgres; rows that exist get the time of this migration, without a rewrite. The whole table becomes the
-- first partition, so its rows must be older than the partition's end. The constraint is checked for old rows by the
-- next migration.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS recorded_at timestamptz NOT NULL DEFAULT now();

-- The bounds of all partitions. The ledger reads them in every statement, which the catalog would make expensive.
CREATE TABLE IF NOT EXISTS partitions (
  parent    text NOT NULL,
  name      text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at   timestamptz NOT NULL,
  PRIMARY KEY (parent, starts_at)
);

-- Ids of the events that were recorded within minutes of a partition's end. The unique indexes of messages are per
-- partition; these two span the boundary.
CREATE TABLE IF NOT EXISTS boundary_keys (
  account_id        uuid NOT NULL,
  source_message_id text NOT NULL,
  second_source_id  text,
  PRIMARY KEY (account_id, source_message_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS boundary_keys_second_idx
  ON boundary_keys (account_id, second_source_id) WHERE second_source_id IS NOT NULL;

DO $$
DECLARE
  bound constant timestamptz := date_trunc('day', now()) + interval '30 days';
BEGIN
  INSERT INTO partitions (parent, name, starts_at, ends_at) VALUES ('messages', 'messages_first', '-infinity', bound);
  EXECUTE format('ALTER TABLE messages ADD CONSTRAINT messages_first_bound CHECK (recorded_at < %L) NOT VALID', bound);
END
$$;

-- Down Migration
ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_first_bound;
DROP TABLE IF EXISTS boundary_keys, partitions;
ALTER TABLE messages DROP COLUMN IF EXISTS recorded_at;

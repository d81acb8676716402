-- Up Migration
-- Prepares the partitions of deliveries, as 0025 did for messages. `stored_at` is the time of the
-- statement that inserted the command, and only the rotation changes it; rows that exist get the time of this migration.
-- `is_late`: the command changed more than a day after `stored_at`, so it may outlive its partition. Ordinary claims and
-- ends do not change it, and thus write no index.
ALTER TABLE deliveries
  ADD COLUMN stored_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN is_late boolean NOT NULL DEFAULT false;

CREATE FUNCTION mio_mark_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_late := true;
  RETURN NEW;
END
$$;
CREATE TRIGGER deliveries_late BEFORE UPDATE OF updated_at ON deliveries FOR EACH ROW
  WHEN (NOT NEW.is_late AND NEW.updated_at > NEW.stored_at + interval '1 day') EXECUTE FUNCTION mio_mark_late();

-- Commands that were inserted within minutes of a partition's end. The unique indexes of deliveries are per partition;
-- this one spans the boundary.
CREATE TABLE delivery_boundary_keys (
  account_id uuid NOT NULL,
  command_id text NOT NULL,
  PRIMARY KEY (account_id, command_id)
);

DO $$
DECLARE
  bound constant timestamptz := date_trunc('day', now()) + interval '30 days';
BEGIN
  INSERT INTO partitions (parent, name, starts_at, ends_at) VALUES ('deliveries', 'deliveries_first', '-infinity', bound);
  EXECUTE format('ALTER TABLE deliveries ADD CONSTRAINT deliveries_first_bound CHECK (stored_at < %L) NOT VALID', bound);
END
$$;

-- Down Migration
DELETE FROM partitions WHERE parent = 'deliveries';
DROP TABLE IF EXISTS delivery_boundary_keys;
DROP TRIGGER IF EXISTS deliveries_late ON deliveries;
DROP FUNCTION IF EXISTS mio_mark_late;
ALTER TABLE deliveries
  DROP CONSTRAINT IF EXISTS deliveries_first_bound,
  DROP COLUMN IF EXISTS stored_at,
  DROP COLUMN IF EXISTS is_late;

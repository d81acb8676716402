-- Up Migration
-- deliveries is partitioned by `stored_at`, and each partition has a unique index of its own. The statements that insert
-- a command keep ids unique across partitions. The former table becomes the first partition.
ALTER TABLE deliveries RENAME TO deliveries_first;
DROP TRIGGER deliveries_late ON deliveries_first;
CREATE TABLE deliveries (LIKE deliveries_first INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY RANGE (stored_at);
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
  CHECK (state IN ('scheduled', 'sending', 'waiting', 'sent', 'unknown', 'dead', 'suppressed'));
CREATE TRIGGER deliveries_late BEFORE UPDATE OF updated_at ON deliveries FOR EACH ROW
  WHEN (NOT NEW.is_late AND NEW.updated_at > NEW.stored_at + interval '1 day') EXECUTE FUNCTION mio_mark_late();

-- Takes commands for which there is no partition; normally empty. New partitions are copies of it.
CREATE TABLE deliveries_default (LIKE deliveries INCLUDING ALL) WITH (fillfactor = 50);
ALTER TABLE deliveries_default ADD PRIMARY KEY (account_id, command_id);
CREATE INDEX ON deliveries_default (account_id, waits_for) WHERE waits_for <> '';
CREATE INDEX ON deliveries_default (due_at, command_id) WHERE due_at IS NOT NULL;
CREATE INDEX ON deliveries_default (stored_at) WHERE is_late;
ALTER TABLE deliveries ATTACH PARTITION deliveries_default DEFAULT;

DO $$
DECLARE
  bound timestamptz;
BEGIN
  SELECT ends_at INTO STRICT bound FROM partitions WHERE name = 'deliveries_first';
  EXECUTE format('ALTER TABLE deliveries ATTACH PARTITION deliveries_first FOR VALUES FROM (MINVALUE) TO (%L)', bound);
END
$$;
ALTER TABLE deliveries_first DROP CONSTRAINT IF EXISTS deliveries_first_bound;

-- Users who may read and write the former table may do the same with the new one, and what claims need beside it.
DO $$
DECLARE
  given record;
BEGIN
  FOR given IN
    SELECT a.privilege_type AS privilege, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = 'deliveries_first'::regclass AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON deliveries TO %s', given.privilege, given.role);
    IF given.privilege = 'SELECT' THEN
      EXECUTE format('GRANT SELECT ON partitions, delivery_boundary_keys TO %s', given.role);
    ELSIF given.privilege = 'INSERT' THEN
      EXECUTE format('GRANT INSERT ON delivery_boundary_keys TO %s', given.role);
    END IF;
  END LOOP;
END
$$;

-- Down Migration
ALTER TABLE deliveries RENAME TO deliveries_partitioned;
CREATE TABLE deliveries (LIKE deliveries_default INCLUDING ALL) WITH (fillfactor = 50);
INSERT INTO deliveries SELECT * FROM deliveries_partitioned;
DROP TABLE deliveries_partitioned;
CREATE TRIGGER deliveries_late BEFORE UPDATE OF updated_at ON deliveries FOR EACH ROW
  WHEN (NOT NEW.is_late AND NEW.updated_at > NEW.stored_at + interval '1 day') EXECUTE FUNCTION mio_mark_late();
DELETE FROM partitions WHERE parent = 'deliveries';
INSERT INTO partitions (parent, name, starts_at, ends_at)
VALUES ('deliveries', 'deliveries_first', '-infinity', date_trunc('day', now()) + interval '30 days');

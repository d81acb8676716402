-- Up Migration
-- delivery_posts is partitioned with the bounds of deliveries; the former table becomes the first partition.
ALTER TABLE delivery_posts RENAME TO delivery_posts_first;
CREATE TABLE delivery_posts (LIKE delivery_posts_first INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY RANGE (created_at);
CREATE TABLE delivery_posts_default (LIKE delivery_posts INCLUDING ALL);
CREATE INDEX ON delivery_posts_default (external_id, account_id);
CREATE INDEX ON delivery_posts_default (account_id, conversation_id, created_at);
ALTER TABLE delivery_posts ATTACH PARTITION delivery_posts_default DEFAULT;

DO $$
DECLARE
  bound timestamptz;
BEGIN
  SELECT ends_at INTO STRICT bound FROM partitions WHERE name = 'delivery_posts_first';
  EXECUTE format('ALTER TABLE delivery_posts ATTACH PARTITION delivery_posts_first FOR VALUES FROM (MINVALUE) TO (%L)', bound);
END
$$;
ALTER TABLE delivery_posts_first DROP CONSTRAINT IF EXISTS delivery_posts_first_bound;

-- Users who may read and write the former table may do the same with the new one.
DO $$
DECLARE
  given record;
BEGIN
  FOR given IN
    SELECT a.privilege_type AS privilege, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = 'delivery_posts_first'::regclass AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON delivery_posts TO %s', given.privilege, given.role);
  END LOOP;
END
$$;

-- Takes one step: creates the next partition of one table, moves some commands that outlive the oldest partition, or
-- drops that partition; delivery_posts follows deliveries.
-- A partition is dropped `keep` and a day after its end; NULL drops none. A command outlives it if it changed, or is
-- due, later than `keep` ago. Runs with the rights of the migration's user. Gives up a lock after 200 ms.
--
-- No statement meets a command that is being moved: the lock on deliveries is exclusive, and statements that wait for
-- it get their snapshot after it. No step has an exclusive lock on both tables, because statements lock them in
-- different orders.
CREATE FUNCTION mio_rotate_deliveries(width interval, ahead interval, keep interval)
RETURNS TABLE (created integer, moved integer, dropped integer, covered_until timestamptz, is_spilled boolean)
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '200ms' AS $$
DECLARE
  moved_at_once constant integer := 500;
  shorter record;
  old partitions;
BEGIN
  IF NOT has_table_privilege(session_user, 'deliveries', 'DELETE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'the user may not delete deliveries';
  END IF;
  created := 0;
  moved := 0;
  dropped := 0;
  IF pg_try_advisory_xact_lock(7306022) THEN
    -- Each block is rolled back alone when a lock is not free.
    BEGIN
      SELECT p.parent, max(p.ends_at) AS ends_at INTO STRICT shorter FROM partitions p
      WHERE p.parent IN ('deliveries', 'delivery_posts') GROUP BY 1 ORDER BY 2, 1 LIMIT 1;
      SELECT max(p.ends_at) INTO STRICT covered_until FROM partitions p
      WHERE p.parent IN ('deliveries', 'delivery_posts');
      IF shorter.ends_at < covered_until THEN
        PERFORM mio_add_partition(shorter.parent, covered_until);
        created := 1;
      ELSIF covered_until < now() + ahead THEN
        PERFORM mio_add_partition(shorter.parent, greatest(covered_until, now()) + width);
        created := 1;
      END IF;
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
    IF created = 0 THEN
      SELECT p.* INTO old FROM partitions p
      WHERE p.parent = 'delivery_posts' AND p.ends_at <= (SELECT min(d.starts_at) FROM partitions d WHERE d.parent = 'deliveries')
      ORDER BY p.starts_at LIMIT 1;
      IF old.name IS NULL THEN
        SELECT p.* INTO old FROM partitions p
        WHERE p.parent = 'deliveries' AND p.ends_at <= now() - keep - interval '1 day'
        ORDER BY p.starts_at LIMIT 1;
      END IF;
    END IF;
    BEGIN
      IF old.parent = 'deliveries' THEN
        LOCK TABLE ONLY deliveries IN ACCESS EXCLUSIVE MODE;
        WITH found AS MATERIALIZED (
          (SELECT d.account_id, d.command_id, d.stored_at FROM deliveries d
           WHERE d.is_late AND d.stored_at >= old.starts_at AND d.stored_at < old.ends_at
           ORDER BY d.stored_at LIMIT moved_at_once)
          UNION
          (SELECT d.account_id, d.command_id, d.stored_at FROM deliveries d
           WHERE d.due_at >= now() - keep AND d.stored_at >= old.starts_at AND d.stored_at < old.ends_at
           ORDER BY d.due_at LIMIT moved_at_once)
        ), kept AS (
          UPDATE deliveries d
          SET stored_at = CASE WHEN greatest(d.updated_at, d.due_at) >= now() - keep THEN now() ELSE d.stored_at END,
              is_late = d.updated_at > now() + interval '1 day'
          FROM found f
          WHERE d.account_id = f.account_id AND d.command_id = f.command_id AND d.stored_at = f.stored_at
          RETURNING d.account_id, d.command_id, d.external_ids, d.stored_at
        ), posts AS (
          UPDATE delivery_posts p SET created_at = now()
          FROM kept k CROSS JOIN unnest(k.external_ids) AS made (external_id)
          WHERE k.stored_at = now()
            AND p.external_id = made.external_id AND p.account_id = k.account_id AND p.command_id = k.command_id
        )
        SELECT count(*) INTO moved FROM kept;
      END IF;
      IF old.name IS NOT NULL AND moved = 0 THEN
        EXECUTE format('DROP TABLE IF EXISTS %I', old.name);
        DELETE FROM partitions p WHERE p.parent = old.parent AND p.starts_at = old.starts_at;
        dropped := 1;
      END IF;
    EXCEPTION WHEN lock_not_available THEN moved := 0;
    END;
    -- Minutes after a boundary, every statement sees the rows on its other side.
    BEGIN
      IF old.name IS NULL AND EXISTS (SELECT FROM delivery_boundary_keys) AND NOT EXISTS (
        SELECT FROM partitions WHERE parent = 'deliveries' AND ends_at - now() BETWEEN '-15 min' AND '15 min'
      ) THEN
        TRUNCATE delivery_boundary_keys;
      END IF;
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
  END IF;
  SELECT min(p.ends_at) INTO covered_until FROM (
    SELECT max(ends_at) AS ends_at FROM partitions WHERE parent IN ('deliveries', 'delivery_posts') GROUP BY parent) p;
  SELECT EXISTS (SELECT FROM deliveries_default) OR EXISTS (SELECT FROM delivery_posts_default) INTO is_spilled;
  RETURN NEXT;
END
$$;

-- A SECURITY DEFINER function must not find tables of the caller.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION mio_rotate_deliveries SET search_path = %I, pg_temp', current_schema());
END
$$;

-- Down Migration
DROP FUNCTION IF EXISTS mio_rotate_deliveries;
ALTER TABLE delivery_posts RENAME TO delivery_posts_partitioned;
CREATE TABLE delivery_posts (LIKE delivery_posts_default INCLUDING ALL);
INSERT INTO delivery_posts SELECT * FROM delivery_posts_partitioned;
DROP TABLE delivery_posts_partitioned;
DELETE FROM partitions WHERE parent = 'delivery_posts';
INSERT INTO partitions (parent, name, starts_at, ends_at)
VALUES ('delivery_posts', 'delivery_posts_first', '-infinity', date_trunc('day', now()) + interval '30 days');

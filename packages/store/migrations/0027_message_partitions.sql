-- Up Migration
-- messages is partitioned by the time of recording, and each partition has unique indexes of its own. The ledger keeps
-- ids unique across partitions. The former table becomes the first partition.
ALTER TABLE messages RENAME TO messages_first;
CREATE TABLE messages (LIKE messages_first INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY RANGE (recorded_at);
ALTER TABLE messages
  ADD CONSTRAINT messages_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  ADD CONSTRAINT messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id),
  ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations (id);

-- Takes events for which there is no partition; normally empty. New partitions are copies of it, with its indexes and
-- settings.
CREATE TABLE messages_default (LIKE messages INCLUDING ALL);
ALTER TABLE messages_default ADD PRIMARY KEY (id), ADD UNIQUE (account_id, source_message_id);
CREATE UNIQUE INDEX ON messages_default (account_id, second_source_id) WHERE second_source_id IS NOT NULL;
ALTER TABLE messages ATTACH PARTITION messages_default DEFAULT;

DO $$
DECLARE
  bound timestamptz;
BEGIN
  SELECT ends_at INTO STRICT bound FROM partitions WHERE parent = 'messages' AND name = 'messages_first';
  EXECUTE format('ALTER TABLE messages ATTACH PARTITION messages_first FOR VALUES FROM (MINVALUE) TO (%L)', bound);
END
$$;
ALTER TABLE messages_first DROP CONSTRAINT messages_first_bound;

-- Users who may read and write the former table may do the same with the new one, and what the ledger needs beside it.
DO $$
DECLARE
  given record;
BEGIN
  FOR given IN
    SELECT a.privilege_type AS privilege, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = 'messages_first'::regclass AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON messages TO %s', given.privilege, given.role);
    IF given.privilege = 'SELECT' THEN
      EXECUTE format('GRANT SELECT ON partitions, boundary_keys TO %s', given.role);
    ELSIF given.privilege = 'INSERT' THEN
      EXECUTE format('GRANT INSERT ON boundary_keys TO %s', given.role);
    END IF;
  END LOOP;
END
$$;

-- Creates an empty table with the columns, indexes and settings of a partition.
CREATE FUNCTION mio_copy_partition(source text, target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  settings text;
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', target, source);
  SELECT array_to_string(c.reloptions, ', ') INTO settings FROM pg_class c WHERE c.oid = quote_ident(source)::regclass;
  IF settings IS NOT NULL THEN EXECUTE format('ALTER TABLE %I SET (%s)', target, settings); END IF;
END
$$;

-- Adds a partition after the last one. Attaching a prepared table blocks other statements only while Postgres looks
-- whether the default partition is empty. If it is not, it becomes the partition, and an empty one takes its place.
CREATE FUNCTION mio_add_partition(parent text, until timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  spare constant text := parent || '_default';
  since timestamptz;
  name text;
  is_spilled boolean;
BEGIN
  SELECT max(p.ends_at) INTO STRICT since FROM partitions p WHERE p.parent = mio_add_partition.parent;
  name := parent || to_char(since AT TIME ZONE 'UTC', '_YYYYMMDD_HH24MISS');
  EXECUTE format('SELECT EXISTS (SELECT FROM %I)', spare) INTO is_spilled;
  IF is_spilled THEN
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, spare);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', spare, name);
    PERFORM mio_copy_partition(name, spare);
  ELSE
    PERFORM mio_copy_partition(spare, name);
  END IF;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, since, until);
  IF is_spilled THEN EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', parent, spare); END IF;
  INSERT INTO partitions (parent, name, starts_at, ends_at) VALUES (parent, name, since, until);
END
$$;

-- Creates the next partition and drops those that are older than `keep`; NULL drops none. Runs with the rights of the
-- migration's user, because services may only read and write rows. Gives up a lock after 200 ms, so that no
-- statement waits longer behind it; the next call tries again.
CREATE FUNCTION mio_rotate_messages(width interval, ahead interval, keep interval)
RETURNS TABLE (created integer, dropped integer, covered_until timestamptz, is_spilled boolean)
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '200ms' AS $$
DECLARE
  moved_at_once constant integer := 2000;
  moved integer;
  old partitions;
BEGIN
  IF NOT has_table_privilege(session_user, 'messages', 'DELETE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'the user may not delete messages';
  END IF;
  created := 0;
  dropped := 0;
  IF pg_try_advisory_xact_lock(7306023) THEN
    -- Each block is rolled back alone when a lock is not free.
    BEGIN
      SELECT max(ends_at) INTO STRICT covered_until FROM partitions WHERE parent = 'messages';
      IF covered_until < now() + ahead THEN
        PERFORM mio_add_partition('messages', greatest(covered_until, now()) + width);
        created := 1;
      END IF;
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
    FOR old IN
      SELECT * FROM partitions WHERE parent = 'messages' AND ends_at <= now() - keep ORDER BY starts_at
    LOOP
      -- The relay joins messages to publish what is in the outbox.
      UPDATE messages SET recorded_at = now() WHERE id IN (
        SELECT m.id FROM outbox o JOIN messages m ON m.id = o.message_id
        WHERE m.recorded_at >= old.starts_at AND m.recorded_at < old.ends_at LIMIT moved_at_once);
      GET DIAGNOSTICS moved = ROW_COUNT;
      EXIT WHEN moved = moved_at_once;
      BEGIN
        EXECUTE format('DROP TABLE IF EXISTS %I', old.name);
        DELETE FROM partitions WHERE parent = 'messages' AND starts_at = old.starts_at;
        dropped := dropped + 1;
      EXCEPTION WHEN lock_not_available THEN EXIT;
      END;
    END LOOP;
    -- Minutes after a boundary, every statement sees the rows on its other side.
    BEGIN
      IF EXISTS (SELECT FROM boundary_keys) AND NOT EXISTS (
        SELECT FROM partitions WHERE parent = 'messages' AND ends_at - now() BETWEEN '-15 min' AND '15 min'
      ) THEN
        TRUNCATE boundary_keys;
      END IF;
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
  END IF;
  SELECT max(ends_at) INTO covered_until FROM partitions WHERE parent = 'messages';
  SELECT EXISTS (SELECT FROM messages_default) INTO is_spilled;
  RETURN NEXT;
END
$$;

-- A SECURITY DEFINER function must not find tables of the caller.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION mio_rotate_messages SET search_path = %I, pg_temp', current_schema());
END
$$;

-- Down Migration
DROP FUNCTION IF EXISTS mio_rotate_messages, mio_add_partition, mio_copy_partition;
ALTER TABLE messages RENAME TO messages_partitioned;
CREATE TABLE messages (LIKE messages_default INCLUDING ALL);
ALTER TABLE messages
  ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  ADD FOREIGN KEY (account_id) REFERENCES accounts (id),
  ADD FOREIGN KEY (conversation_id) REFERENCES conversations (id);
INSERT INTO messages SELECT * FROM messages_partitioned;
DROP TABLE messages_partitioned;
UPDATE partitions SET starts_at = '-infinity' WHERE name = 'messages_first';

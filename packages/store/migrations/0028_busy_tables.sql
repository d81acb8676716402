-- Up Migration without a transaction
-- No query used it, and on an empty table Postgres preferred it to the unique index: each event then read all
-- conversations of its account, until the table was analyzed.
DROP INDEX CONCURRENTLY IF EXISTS conversations_account_kind_idx;
-- The conversation of a message refers to both, so each event checked them for nothing and locked their rows.
ALTER TABLE messages
  DROP CONSTRAINT IF EXISTS messages_tenant_id_fkey,
  DROP CONSTRAINT IF EXISTS messages_account_id_fkey;
-- Every row is deleted within a second, so the table is vacuumed at each chance and without pauses. Its few rows need
-- no statistics, and new ones would make every service plan again.
ALTER TABLE outbox SET (autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_threshold = -1,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

-- Down Migration
ALTER TABLE outbox RESET (autovacuum_vacuum_cost_delay, autovacuum_vacuum_insert_threshold,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold);
ALTER TABLE messages
  ADD CONSTRAINT messages_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  ADD CONSTRAINT messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id);
CREATE INDEX IF NOT EXISTS conversations_account_kind_idx ON conversations (account_id, kind);

-- Up Migration
-- Changes with every write: a process that renews credentials stores them only if the version is still the one it
-- read.
ALTER TABLE credentials ADD COLUMN IF NOT EXISTS version uuid NOT NULL DEFAULT gen_random_uuid();

-- A separate table, because every change of accounts makes all gateways drop their account caches.
-- No row: the platform has never refused.
CREATE TABLE IF NOT EXISTS account_health (
  account_id uuid PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  state      text NOT NULL CHECK (state IN ('ok', 'reauth_required')),
  reason     text NOT NULL DEFAULT '',
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS account_health_trouble_idx ON account_health (changed_at) WHERE state <> 'ok';

-- Down Migration
DROP TABLE IF EXISTS account_health;
ALTER TABLE credentials DROP COLUMN IF EXISTS version;

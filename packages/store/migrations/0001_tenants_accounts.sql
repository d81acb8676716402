-- Up Migration
CREATE TABLE IF NOT EXISTS tenants (
  id           uuid PRIMARY KEY,
  slug         text NOT NULL UNIQUE,
  status       text NOT NULL DEFAULT 'active',
  display_name text,
  disabled_at  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS accounts (
  id                    uuid PRIMARY KEY,
  tenant_id             uuid NOT NULL REFERENCES tenants (id),
  channel_type          text NOT NULL,
  provider              text NOT NULL DEFAULT 'default',
  external_id           text NOT NULL,
  display_name          text NOT NULL,
  attributes            jsonb NOT NULL DEFAULT '{}',
  disabled_at           timestamptz,
  rate_limit_per_second integer,
  rate_limit_scope      text,
  created_at            timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT accounts_tenant_channel_provider_external_key
    UNIQUE (tenant_id, channel_type, provider, external_id)
);
CREATE INDEX IF NOT EXISTS accounts_tenant_channel_idx ON accounts (tenant_id, channel_type);
CREATE INDEX IF NOT EXISTS accounts_channel_external_idx ON accounts (channel_type, external_id);

CREATE TABLE IF NOT EXISTS installs (
  id             uuid PRIMARY KEY,
  account_id     uuid NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
  state          text NOT NULL,
  error_reason   text,
  installed_at   timestamptz,
  last_health_at timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS installs_state_idx ON installs (state);
CREATE INDEX IF NOT EXISTS installs_account_idx ON installs (account_id);

CREATE TABLE IF NOT EXISTS credentials (
  account_id  uuid PRIMARY KEY REFERENCES accounts (id) ON DELETE RESTRICT,
  auth_kind   text NOT NULL,
  ciphertext  bytea NOT NULL,
  key_version integer NOT NULL DEFAULT 1,
  expires_at  timestamptz,
  rotated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS credentials_expires_at_idx ON credentials (expires_at);

-- Every gateway listens on this channel and drops its account cache, so routing follows a change at once.
CREATE OR REPLACE FUNCTION mio_notify_accounts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('mio_accounts_changed', TG_TABLE_NAME);
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER tenants_changed AFTER INSERT OR UPDATE OR DELETE ON tenants
  FOR EACH STATEMENT EXECUTE FUNCTION mio_notify_accounts_changed();
CREATE OR REPLACE TRIGGER accounts_changed AFTER INSERT OR UPDATE OR DELETE ON accounts
  FOR EACH STATEMENT EXECUTE FUNCTION mio_notify_accounts_changed();
CREATE OR REPLACE TRIGGER installs_changed AFTER INSERT OR UPDATE OR DELETE ON installs
  FOR EACH STATEMENT EXECUTE FUNCTION mio_notify_accounts_changed();

-- Down Migration
DROP TABLE IF EXISTS credentials, installs, accounts, tenants;
DROP FUNCTION IF EXISTS mio_notify_accounts_changed;

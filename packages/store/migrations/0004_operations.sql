-- Up Migration
CREATE TABLE IF NOT EXISTS source_reconcile_cursors (
  account_id               uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  channel_type             text NOT NULL,
  conversation_external_id text NOT NULL,
  cursor                   text NOT NULL DEFAULT '',
  last_success_at          timestamptz,
  last_error_at            timestamptz,
  last_error               text,
  updated_at               timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, conversation_external_id)
);
CREATE INDEX IF NOT EXISTS source_reconcile_cursors_channel_idx
  ON source_reconcile_cursors (channel_type, updated_at DESC);

CREATE TABLE IF NOT EXISTS web_operator_sessions (
  id_hash             text PRIMARY KEY,
  operator_email      text NOT NULL,
  operator_name       text NOT NULL DEFAULT '',
  operator_avatar_url text NOT NULL DEFAULT '',
  operator_role       text NOT NULL DEFAULT 'viewer',
  created_at          timestamptz NOT NULL DEFAULT now(),
  last_seen_at        timestamptz NOT NULL DEFAULT now(),
  expires_at          timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS web_operator_sessions_expires_at_idx ON web_operator_sessions (expires_at);

CREATE TABLE IF NOT EXISTS web_operator_audit (
  id             bigserial PRIMARY KEY,
  operator_email text NOT NULL,
  operator_role  text NOT NULL,
  action         text NOT NULL,
  target_type    text NOT NULL,
  target_id      text NOT NULL,
  result         text NOT NULL,
  error          text NOT NULL DEFAULT '',
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS web_operator_audit_created_at_idx ON web_operator_audit (created_at DESC);
CREATE INDEX IF NOT EXISTS web_operator_audit_target_idx
  ON web_operator_audit (target_type, target_id, created_at DESC);

-- Down Migration
DROP TABLE IF EXISTS web_operator_audit, web_operator_sessions, source_reconcile_cursors;

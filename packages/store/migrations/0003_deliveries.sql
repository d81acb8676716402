-- Up Migration
-- One row per SendCommand, with the outcome of the platform call. `owner` and `attempt` fence an old owner.
-- sending: the call may be under way. waiting: the last attempt did nothing. sent, unknown, dead: ended.
CREATE TABLE IF NOT EXISTS deliveries (
  command_id      text NOT NULL,
  tenant_id       uuid NOT NULL,
  account_id      uuid NOT NULL,
  channel_type    text NOT NULL,
  conversation_id text NOT NULL,
  state           text NOT NULL CHECK (state IN ('sending', 'waiting', 'sent', 'unknown', 'dead')),
  attempt         integer NOT NULL DEFAULT 1,
  owner           text NOT NULL,
  external_ids    text[] NOT NULL DEFAULT '{}',
  code            text NOT NULL DEFAULT '',
  reason          text NOT NULL DEFAULT '',
  started_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, command_id)
);
CREATE INDEX IF NOT EXISTS deliveries_created_at_idx ON deliveries (created_at);
CREATE INDEX IF NOT EXISTS deliveries_conversation_idx ON deliveries (account_id, conversation_id, created_at DESC);

-- Down Migration
DROP TABLE IF EXISTS deliveries;

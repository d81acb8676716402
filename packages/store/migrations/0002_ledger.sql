-- Up Migration
CREATE TABLE IF NOT EXISTS conversations (
  id                     uuid PRIMARY KEY,
  tenant_id              uuid NOT NULL REFERENCES tenants (id),
  account_id             uuid NOT NULL REFERENCES accounts (id),
  channel_type           text NOT NULL,
  kind                   text NOT NULL,
  external_id            text NOT NULL,
  parent_conversation_id uuid REFERENCES conversations (id),
  parent_external_id     text,
  display_name           text,
  attributes             jsonb NOT NULL DEFAULT '{}',
  created_at             timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, external_id)
);
CREATE INDEX IF NOT EXISTS conversations_tenant_id_idx ON conversations (tenant_id);
CREATE INDEX IF NOT EXISTS conversations_account_kind_idx ON conversations (account_id, kind);
CREATE INDEX IF NOT EXISTS conversations_parent_conv_idx ON conversations (parent_conversation_id)
  WHERE parent_conversation_id IS NOT NULL;

-- The events that Mio has recorded. The text and attributes of a message are not kept here: the stream and the
-- archive have them, and nothing reads them back.
CREATE TABLE IF NOT EXISTS messages (
  id                     uuid PRIMARY KEY,
  tenant_id              uuid NOT NULL REFERENCES tenants (id),
  account_id             uuid NOT NULL REFERENCES accounts (id),
  conversation_id        uuid NOT NULL REFERENCES conversations (id),
  thread_root_message_id uuid REFERENCES messages (id),
  source_message_id      text NOT NULL,
  sender_external_id     text NOT NULL,
  text                   text NOT NULL DEFAULT '',
  attributes             jsonb NOT NULL DEFAULT '{}',
  received_at            timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, source_message_id)
);
CREATE INDEX IF NOT EXISTS messages_conv_time_idx ON messages (tenant_id, conversation_id, received_at DESC);

-- Events that the bus has not confirmed yet. A row normally lives for milliseconds; the relay publishes rows that
-- stay longer. `draft` is the envelope without the ids that are in messages.
CREATE TABLE IF NOT EXISTS outbox (
  message_id      uuid PRIMARY KEY,
  draft           bytea NOT NULL,
  relation_target uuid,
  traceparent     text,
  attempts        integer NOT NULL DEFAULT 0,
  last_error      text,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  created_at      timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, fillfactor = 70);

-- Down Migration
DROP TABLE IF EXISTS outbox, messages, conversations;

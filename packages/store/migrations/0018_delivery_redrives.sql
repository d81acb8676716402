-- Up Migration
-- Redrives by operators: the command may be carried out once more although it ended. The message header only names
-- the token; without a row here the token has no effect.
CREATE TABLE IF NOT EXISTS delivery_redrives (
  account_id   uuid NOT NULL,
  command_id   text NOT NULL,
  token        text NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  used_at      timestamptz,
  PRIMARY KEY (account_id, command_id, token)
);
CREATE INDEX IF NOT EXISTS delivery_redrives_requested_at_idx ON delivery_redrives (requested_at);

-- Down Migration
DROP TABLE IF EXISTS delivery_redrives;

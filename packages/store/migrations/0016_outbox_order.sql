-- Up Migration
-- The outbox keeps the order of each conversation. `position` grows with every insert: an event that was committed
-- before the statement of another event began has the smaller position. Rows without a conversation come from
-- gateways of the previous release.
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS conversation_id uuid;
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS position bigint;
CREATE SEQUENCE IF NOT EXISTS outbox_position_seq OWNED BY outbox.position;
UPDATE outbox o
SET conversation_id = w.conversation_id, position = w.position
FROM (
  SELECT m.id, m.conversation_id, nextval('outbox_position_seq') AS position
  FROM (SELECT message_id FROM outbox ORDER BY message_id) q JOIN messages m ON m.id = q.message_id
) w
WHERE w.id = o.message_id;
ALTER TABLE outbox ALTER COLUMN position SET DEFAULT nextval('outbox_position_seq');
CREATE INDEX IF NOT EXISTS outbox_conversation_idx ON outbox (conversation_id, position);

-- The gateway that may relay now: one at a time, so that two never interleave one conversation.
CREATE TABLE IF NOT EXISTS outbox_turn (
  singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  owner      uuid,
  expires_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outbox_turn (singleton) VALUES (true) ON CONFLICT DO NOTHING;

-- Down Migration
DROP TABLE IF EXISTS outbox_turn;
DROP INDEX IF EXISTS outbox_conversation_idx;
ALTER TABLE outbox DROP COLUMN IF EXISTS position;
ALTER TABLE outbox DROP COLUMN IF EXISTS conversation_id;

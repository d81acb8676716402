-- Up Migration
-- The platform ids that commands have created, as rows that the end of an attempt adds. It finds rows of `deliveries`,
-- which have the last word: an edit may have removed an id from its post. Ids may occur twice.
CREATE TABLE delivery_posts (
  external_id     text NOT NULL,
  account_id      uuid NOT NULL,
  command_id      text NOT NULL,
  channel_type    text NOT NULL,
  conversation_id text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);
INSERT INTO delivery_posts (external_id, account_id, command_id, channel_type, conversation_id, created_at)
SELECT DISTINCT made.id, d.account_id, d.command_id, d.channel_type, d.conversation_id, d.updated_at
FROM deliveries d CROSS JOIN unnest(d.external_ids) AS made (id)
WHERE d.operation NOT IN ('delete', 'reaction');
CREATE INDEX delivery_posts_external_id_idx ON delivery_posts (external_id, account_id);
CREATE INDEX delivery_posts_conversation_idx ON delivery_posts (account_id, conversation_id, created_at);

-- Room on each page for a second version of each row: so the end of an attempt stays on the page and writes no index,
-- even if one statement ends all rows of the page.
ALTER TABLE deliveries SET (fillfactor = 50);

-- Down Migration
ALTER TABLE deliveries RESET (fillfactor);
DROP TABLE IF EXISTS delivery_posts;

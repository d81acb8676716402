-- Up Migration
-- beat_at: the last heartbeat of the owner while it sends; an owner without a heartbeat for long loses the attempt.
-- operation: what the attempt does, because an edit may have become a post.
-- due_at: when a scheduled command becomes due.
-- interim: on a post that will be changed again, the command whose content it shows now.
ALTER TABLE deliveries
  ADD COLUMN IF NOT EXISTS beat_at   timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN IF NOT EXISTS operation text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS due_at    timestamptz,
  ADD COLUMN IF NOT EXISTS interim   text NOT NULL DEFAULT '';
ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
  CHECK (state IN ('scheduled', 'sending', 'waiting', 'sent', 'unknown', 'dead', 'suppressed'));

-- Rate buckets per account or conversation, shared by all sender pools. Unlogged: after a loss the platform's own
-- throttling limits the rate.
CREATE UNLOGGED TABLE IF NOT EXISTS rate_buckets (
  key        text PRIMARY KEY,
  version    bigint NOT NULL,
  state      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration
DROP TABLE IF EXISTS rate_buckets;
DELETE FROM deliveries WHERE state IN ('scheduled', 'suppressed');
ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
  CHECK (state IN ('sending', 'waiting', 'sent', 'unknown', 'dead'));
ALTER TABLE deliveries
  DROP COLUMN IF EXISTS beat_at,
  DROP COLUMN IF EXISTS operation,
  DROP COLUMN IF EXISTS due_at,
  DROP COLUMN IF EXISTS interim;

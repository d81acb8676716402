-- Up Migration
-- beat_at: the owner's last sign of life while it sends; an owner that is silent for long has lost the attempt.
-- operation: what the attempt does, since an edit may have become a post.
-- due_at: when a scheduled command is to be carried out.
-- interim: on a post that is to be changed again, the command that showed what it shows now.
ALTER TABLE deliveries
  ADD COLUMN IF NOT EXISTS beat_at   timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN IF NOT EXISTS operation text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS due_at    timestamptz,
  ADD COLUMN IF NOT EXISTS interim   text NOT NULL DEFAULT '';
ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
  CHECK (state IN ('scheduled', 'sending', 'waiting', 'sent', 'unknown', 'dead', 'suppressed'));

-- The pace of each account or conversation, shared by all sender pools. It may be lost: a platform says when it was.
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

-- Up Migration
-- redrive: the last time an operator put the command back, by which each time is carried out once.
ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS redrive text NOT NULL DEFAULT '';

-- Down Migration
ALTER TABLE deliveries DROP COLUMN IF EXISTS redrive;

-- Up Migration
-- redrive: the token of the last redrive by an operator; each redrive is carried out once.
ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS redrive text NOT NULL DEFAULT '';

-- Down Migration
ALTER TABLE deliveries DROP COLUMN IF EXISTS redrive;

-- Up Migration
-- The conversation's address on the platform, in addition to its external id. NULL until a message carries one; empty
-- when the external id alone is enough.
ALTER TABLE conversations ADD COLUMN address text;

-- Down Migration
ALTER TABLE conversations DROP COLUMN address;

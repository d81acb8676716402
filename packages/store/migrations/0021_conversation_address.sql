-- Up Migration
-- Where a conversation's messages say that it is on the platform, besides its external id: NULL until one has said so,
-- empty when the external id alone decides.
ALTER TABLE conversations ADD COLUMN address text;

-- Down Migration
ALTER TABLE conversations DROP COLUMN address;

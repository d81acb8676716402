-- Up Migration
-- The posts get the same bound. No migration locks both tables: statements lock them in different orders, so a deadlock
-- would end one of them.
DO $$
DECLARE
  bound timestamptz;
BEGIN
  SELECT ends_at INTO STRICT bound FROM partitions WHERE parent = 'deliveries';
  INSERT INTO partitions (parent, name, starts_at, ends_at)
  VALUES ('delivery_posts', 'delivery_posts_first', '-infinity', bound);
  EXECUTE format('ALTER TABLE delivery_posts ADD CONSTRAINT delivery_posts_first_bound CHECK (created_at < %L) NOT VALID',
    bound);
END
$$;

-- Down Migration
DELETE FROM partitions WHERE parent = 'delivery_posts';
ALTER TABLE delivery_posts DROP CONSTRAINT IF EXISTS delivery_posts_first_bound;

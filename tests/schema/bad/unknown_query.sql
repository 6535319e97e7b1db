-- says 2: no query "readers" in the schema (a question of our own C code is a lookup)
-- query readers
SELECT 1;

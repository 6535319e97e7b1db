-- says 2: a lookup is written "-- lookup NAME (PARAMETER, ...)"
-- lookup reader_of book
SELECT 1;

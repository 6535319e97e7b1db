-- says 2: table shown has no column reader_id, by which it is parallel
-- parallel by reader in reader_id
CREATE TABLE shown (
	book_id uuid PRIMARY KEY,
	note    text
);
-- on book_lent
DELETE FROM shown WHERE reader_id = :reader;

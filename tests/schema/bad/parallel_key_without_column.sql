-- says 2: a key of shown is without reader_id, by which it is parallel
-- parallel by reader in reader_id
CREATE TABLE shown (
	book_id   uuid PRIMARY KEY,
	reader_id uuid
);
-- on book_lent
DELETE FROM shown WHERE reader_id = :reader;

-- says 7: book_added has no id that is always there in a field reader, by which test is parallel
-- parallel by reader in book_id
CREATE TABLE shown (
	book_id uuid PRIMARY KEY,
	note    text
);
-- on book_added
INSERT INTO shown (book_id) VALUES (:book);

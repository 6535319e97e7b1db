-- says 7: a statement of book_lent may touch rows of another book: each table needs book_id = :book, and no OR
-- parallel by book in book_id
CREATE TABLE shown (
	book_id uuid PRIMARY KEY,
	note    text
);
-- on book_lent
UPDATE shown SET note = 'x' WHERE note = :reader;

-- says 2: a unique index is without book_id, by which it is parallel
-- parallel by book in book_id
CREATE TABLE shown (
	book_id uuid PRIMARY KEY,
	note    text
);
CREATE UNIQUE INDEX shown_note ON shown (note);

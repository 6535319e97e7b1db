-- says 2: what is parallel has no references, exclusions, triggers or rules between its rows
-- parallel by book in book_id
CREATE TABLE shown (
	book_id uuid PRIMARY KEY,
	before  uuid REFERENCES shown
);

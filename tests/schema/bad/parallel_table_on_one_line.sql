-- says 2: of what is parallel each table is written CREATE TABLE NAME (, a column a line, and )
-- parallel by book in book_id
CREATE TABLE shown (book_id uuid PRIMARY KEY);

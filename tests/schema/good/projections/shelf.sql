-- What stands where.
-- clear note in lent: the librarian reads it aloud

CREATE TABLE book (book_id uuid PRIMARY KEY, shelf text, version bigint, comment text DEFAULT ':reader');
CREATE TABLE lent (book_id uuid, note text);

-- on book_added
INSERT INTO book (book_id, shelf, version) VALUES (:book, :shelf, :book.version); -- not a parameter: 'a;' :nonsense

-- on book_lent
INSERT INTO lent VALUES (:book::uuid, coalesce(:note.clear, 'it''s; :none' || $tag$; :none$tag$));
/* neither is
:this; */ UPDATE book SET "a:b" = :position, note = E'\';:book', seen = :recorded_at, by = :actor WHERE book_id = :book;

-- on book_lost,
-- book_added
DELETE FROM gone WHERE isbn = :isbn.claim;

-- query books
SELECT document, book_id FROM book WHERE :shelf::text IS NULL OR shelf = :shelf ORDER BY :cursor::uuid;

-- lookup shelf_of (version, book)
SELECT shelf FROM book WHERE book_id = :book AND version = :version;

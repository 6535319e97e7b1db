-- says 3: book_lent.note is kept in clear; say why: "-- clear note in TABLE: reason"
-- on book_lent
INSERT INTO note VALUES (:note.clear);

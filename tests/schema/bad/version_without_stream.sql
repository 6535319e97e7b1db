-- says 3: book_lent.note names no stream, so it has no .version
-- on book_lent
INSERT INTO note VALUES (:note.version);

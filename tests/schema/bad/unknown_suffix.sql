-- says 3: there is no :note.upper (of an event's fields there are .clear .claim .version)
-- on book_lent
INSERT INTO note VALUES (:note.upper);

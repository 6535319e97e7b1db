-- says 2: no table notes is made in this file to hold note in clear
-- clear note in notes: somebody wants it
CREATE TABLE note (note text);
-- on book_lent
INSERT INTO note VALUES (:note.clear);

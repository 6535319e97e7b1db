-- says 3: no event claims a field note, so it has no .claim
-- on book_lent
INSERT INTO note VALUES (:note.claim);

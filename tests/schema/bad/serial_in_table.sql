-- says 1: "bigserial" would give other rows when the events are folded again
CREATE TABLE shown (number bigserial, book_id uuid);
-- on book_lent
INSERT INTO shown (book_id) VALUES (:book);

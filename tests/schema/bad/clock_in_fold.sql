-- says 2: "now" would give other rows when the events are folded again
-- on book_lent
INSERT INTO lent VALUES (:book, now());

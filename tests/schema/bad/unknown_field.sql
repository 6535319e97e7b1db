-- says 3: book_lent has no field titel
-- on book_lent
UPDATE book SET title = :titel;

-- says 3: book_lost.isbn is not personal, so it needs no .clear
-- on book_lost
DELETE FROM book WHERE isbn = :isbn.clear;

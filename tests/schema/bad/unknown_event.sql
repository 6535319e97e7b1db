-- says 2: no event "book_sold"
-- on book_sold
DELETE FROM book WHERE book_id = :book;

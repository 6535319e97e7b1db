-- says 2: a statement of book_lent does not end with ';'
-- on book_lent
DELETE FROM book

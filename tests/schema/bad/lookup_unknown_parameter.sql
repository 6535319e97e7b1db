-- says 3: reader_of has no field reader
-- lookup reader_of (book)
SELECT :book::text, :reader::text;

-- says 2: stocktaking is answered by one SELECT, not by 2
-- query stocktaking
SELECT 1; SELECT 2;

/* What the readers of numbers and of units share: for quantity*.c only. */
#ifndef ORRERY_QUANTITY_PARTS_H
#define ORRERY_QUANTITY_PARTS_H

#include "commands/learning/quantity.h"

struct quantity_reader {
	struct text     text;
	size_t          at;
	struct arena   *arena;
	struct mistake *mistake;
};

/* Always false, for "return". */
bool quantity_wrong(struct quantity_reader *reader, size_t at, struct text sentence);

/* The character here and its bytes; 0 at the end. */
uint32_t quantity_peek(const struct quantity_reader *reader, size_t *size);
void     quantity_skip_blanks(struct quantity_reader *reader);

/* ³, ⁻², ^3, ^-3, ^(-3), **3; and 3, −3 where `bare`. False, and nothing taken, when none stands here; *exponent is out
 * of range when it is too long to be meant. */
bool quantity_take_exponent(struct quantity_reader *reader, bool bare, int *exponent);

/* Fills factor, offset and dimensions from the text's rest, all of it. */
bool quantity_read_unit(struct quantity_reader *reader, struct quantity *out);

/* x^exponent by products. */
double quantity_power(double x, int exponent);

#endif

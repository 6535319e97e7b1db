/* Characters (Unicode code points) of a text that somebody wrote by hand. */
#ifndef ORRERY_CHARACTER_H
#define ORRERY_CHARACTER_H

#include "eventstore/base/bytes.h"

/* The first character of well-formed UTF-8 and its bytes; 0, and no bytes, at the end. */
uint32_t character_first(struct text text, size_t *size);

/* The same, and takes it off the front. */
uint32_t character_take(struct text *rest);

/* How many characters lie before an offset, plus one: as people count. */
uint32_t character_position(struct text text, size_t offset);

/* A blank between words: ASCII's, the no-break, thin and narrow ones. Line ends are blanks too. */
bool character_is_blank(uint32_t character);

/* ² and its like: the digit 0 … 9, or −1. */
int character_superscript(uint32_t character);

/* ₂ and its like: the digit 0 … 9, or −1. */
int character_subscript(uint32_t character);

enum { CHARACTER_MINUS = 0x2212, CHARACTER_SUPERSCRIPT_MINUS = 0x207b };

#endif

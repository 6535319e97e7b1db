/* How a formula lies in memory: for formula*.c only. */
#ifndef ORRERY_FORMULA_PARTS_H
#define ORRERY_FORMULA_PARTS_H

#include "commands/learning/formula.h"

enum formula_operation {
	FORMULA_NUMBER,
	FORMULA_VARIABLE,
	FORMULA_NEGATE,
	FORMULA_ADD,
	FORMULA_SUBTRACT,
	FORMULA_MULTIPLY,
	FORMULA_DIVIDE,
	FORMULA_POWER,
#define FUNCTION(name, arguments, value, error) FORMULA_##name,
#include "commands/learning/formula_function.def"
#undef FUNCTION
	FORMULA_OPERATION_COUNT
};

struct formula_node {
	enum formula_operation operation;
	uint32_t               variable;
	double                 number;
};

/* Operands before their operation (reverse Polish). */
struct formula {
	uint32_t            count;
	struct formula_node nodes[];
};

enum { FORMULA_NAME_ROOM = 64 };

/* The name at the front of the text with Greek letters and subscripts spelt out; 0 when there is none, or more than
 * FORMULA_NAME_SIZE_MAX bytes when it is too long. `taken` is how much of the text it is. */
size_t formula_name_take(struct text text, char out[FORMULA_NAME_ROOM], size_t *taken);

/* NUMBER when there is no such function. */
enum formula_operation formula_function(struct text name);
uint32_t               formula_arguments(enum formula_operation operation);

#endif

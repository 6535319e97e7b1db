/* Operators, and the note that is taken of what they open. Nothing is refused: the machine is theirs, and whoever has
 * the master key can read without asking. */
#include "commands/decision.h"
#include "schema/handlers.h"

void operator_on_log_unsealed(struct operator* operator, const struct log_unsealed * event)
{
	operator->looks++;
}

void operator_decide_unseal_log(const struct operator* operator, const struct unseal_log * command,
                                struct decision       *decision)
{
	bool few = command->persons.count > 0;

	emit(decision, log_unsealed, .operator= command->operator, .operator_name = command->operator_name,
	     .verb = command->verb, .selection = command->selection, .persons = command->persons.count,
	     .reason = few ? TEXT_NONE : command->reason);
	for (uint32_t i = 0; i < command->persons.count; i++)
		emit(decision, personal_data_viewed, .user = command->persons.items[i].user,
		     .operator= command->operator, .verb = command->verb, .reason = command->reason);
}

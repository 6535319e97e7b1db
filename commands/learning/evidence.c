#include "commands/learning/evidence.h"

bool judgement_is_evidence(enum judgement verdict)
{
	return verdict != JUDGEMENT_unanswered && verdict != JUDGEMENT_unreadable && verdict != JUDGEMENT_undecided;
}

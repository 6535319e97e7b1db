#include "physics/rigid/rigid_assertion.h"

#include <setjmp.h>
#include <stddef.h>

#include "physics/rigid/rigid.h"

static _Thread_local jmp_buf *way_out;

bool rigid_survives(void (*call)(void *context), void *context)
{
	jmp_buf out;

	if (setjmp(out) != 0) {
		way_out = NULL;
		return false;
	}
	way_out = &out;
	call(context);
	way_out = NULL;
	return true;
}

/* Stands before the library's own. Warnings say nothing that a validated scene could cause; after an error that nobody
 * listens to, the library aborts. */
void cpMessage(const char *condition, const char *file, int line, int is_error, int is_hard, const char *message, ...)
{
	if (is_error && way_out)
		longjmp(*way_out, 1);
}

/* Where the mail subscriber kept its place before it was a subscription: the file mail.cursor in the data folder, with
 * the store's id, the epoch and the position. */
#ifndef ORRERY_FORMER_CURSOR_H
#define ORRERY_FORMER_CURSOR_H

#include "eventstore/subscription/subscription.h"

/* Has the subscription begin where the file says, then deletes it; does nothing when there is no file, and only deletes
 * it when the subscription ran already. CONFLICT: the file belongs to another log. CORRUPT: it is no cursor. */
enum status former_cursor_take_over(const char *data, struct reader *reader, struct subscription_state *state,
                                    const char *name) MUST_USE;

#endif

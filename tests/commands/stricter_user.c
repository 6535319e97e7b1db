/* The deciders of users by other rules, for replays (stricter_session.c).
 *   Mails may be asked for as often as one likes. What a wish for a mail leads to is made from a hash that the journal
 *   does not hold, so of those that led to nothing it cannot be known. */
#include "commands/user.h"

#undef USER_MAIL_INTERVAL_US
#define USER_MAIL_INTERVAL_US ((int64_t)-1)

#include "commands/user.c"

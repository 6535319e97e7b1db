/* A person's account: the rules' figures. What is remembered of it stands in schema/user.schema. */
#ifndef ORRERY_USER_H
#define ORRERY_USER_H

#include "schema/states.h"

/* How soon after one mail with a link the next may be asked for; an earlier wish is taken and changes nothing. */
#define USER_MAIL_INTERVAL_US ((int64_t)60 * 1000 * 1000)

static inline uint32_t role_bit(enum role role)
{
	return UINT32_C(1) << role;
}

static inline bool user_has_role(const struct user *user, enum role role)
{
	return user->roles & role_bit(role);
}

/* Exists and is neither suspended nor erased. */
static inline bool user_is_open(const struct user *user)
{
	return user->exists && !user->suspended && !user->erased;
}

#endif

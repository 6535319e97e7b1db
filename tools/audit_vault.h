/* The part of `orrery audit verify` that looks whether the vault's keys open. */
#ifndef ORRERY_AUDIT_VAULT_H
#define ORRERY_AUDIT_VAULT_H

#include "eventstore/base/config.h"

/* Prints what it finds; how many findings there are. Without a vault or its master key there is nothing to look at,
 * which is said. */
uint64_t audit_vault(const struct config *config, bool json);

#endif

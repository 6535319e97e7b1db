/* Solana wallets: challenges to sign, and signatures checked (Sign-In-With-Solana). */
#ifndef ORRERY_WALLET_H
#define ORRERY_WALLET_H

#include "api/exchange.h"

/* The challenge of a start_wallet_session command is ours, fresh, for logging in, and signed by the wallet; or it ends
 * here with a refusal. */
exchange_step wallet_check_login;

#endif

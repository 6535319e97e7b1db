/* The steps of a command's exchange that talk to the writer; queries pass them by. */
#ifndef ORRERY_SUBMIT_H
#define ORRERY_SUBMIT_H

#include "api/exchange.h"

/* A command that was sent before under its Idempotency-Key has its answer in the log. It is asked for first where the
 * caller could not get to the writer a second time: the command ended the session whose token it bears, or changed what
 * the route's own steps check. Such a question changes nothing. */
exchange_step submit_recall;
exchange_step submit_recalled;

/* The same question, whatever the route and the token. */
exchange_step submit_look;

/* To the writer and back. */
exchange_step submit_send;

/* What the writer said, if it was a no. */
exchange_step submit_judge;

/* And if it was a yes. */
exchange_step submit_respond;

#endif

/* A bug stops the process: the supervisor starts it again from the log.
 * Never used on what comes from outside; that is refused with a status or a refusal. */
#ifndef ORRERY_REQUIRE_H
#define ORRERY_REQUIRE_H

__attribute__((noreturn, cold)) void require_failed(const char *claim, const char *file, int line);

#define require(claim) ((claim) ? (void)0 : require_failed(#claim, __FILE__, __LINE__))

#endif

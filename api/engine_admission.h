/* How many connections there are, in all and by address; shared by the loops of a server. Every call may come from any
 * thread; a lock is held for a few memory accesses. */
#ifndef ORRERY_ENGINE_ADMISSION_H
#define ORRERY_ENGINE_ADMISSION_H

#include "api/http.h"

enum admission { ADMITTED, CROWDED, CROWDED_ADDRESS };

struct admissions;

/* Both caps at least 1. */
struct admissions *admissions_create(uint32_t connections_max, uint32_t per_address_max);

void admissions_destroy(struct admissions *admissions);

/* ADMITTED must be given back with admissions_leave and the same address, once. */
enum admission admissions_enter(struct admissions *admissions, const uint8_t address[HTTP_ADDRESS_SIZE]);

void admissions_leave(struct admissions *admissions, const uint8_t address[HTTP_ADDRESS_SIZE]);

#endif

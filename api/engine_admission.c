#include "api/engine_admission.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

/* A hash table with linear probing, at most half full, whose keys are networks. An entry lives while its count is not
 * 0. */

struct network {
	uint64_t high;
	uint64_t low;
	uint32_t count; /* 0: the slot is free */
};

struct admissions {
	pthread_mutex_t lock;
	uint32_t        connections;
	uint32_t        connections_max;
	uint32_t        per_address_max;
	uint64_t        seed;
	size_t          mask;
	struct network *slots;
};

static size_t slots_for(uint32_t connections_max)
{
	size_t slots = 16;

	while (slots < (size_t)connections_max * 2)
		slots *= 2;
	return slots;
}

struct admissions *admissions_create(uint32_t connections_max, uint32_t per_address_max)
{
	struct admissions *admissions = calloc(1, sizeof(*admissions));
	size_t             slots = slots_for(connections_max);

	require(admissions != NULL && connections_max > 0 && per_address_max > 0);
	pthread_mutex_init(&admissions->lock, NULL);
	admissions->connections_max = connections_max;
	admissions->per_address_max = per_address_max;
	admissions->mask = slots - 1;
	admissions->slots = calloc(slots, sizeof(*admissions->slots));
	require(admissions->slots != NULL);
	require(getrandom(&admissions->seed, sizeof(admissions->seed), 0) == (ssize_t)sizeof(admissions->seed));
	return admissions;
}

void admissions_destroy(struct admissions *admissions)
{
	if (!admissions)
		return;
	pthread_mutex_destroy(&admissions->lock);
	free(admissions->slots);
	free(admissions);
}

/* A single customer holds a whole IPv6 /64, so that counts as one address; of IPv4 each counts. */
static struct network network_of(const uint8_t address[HTTP_ADDRESS_SIZE])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct network       network = {0};

	memcpy(&network.high, address, 8);
	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		memcpy(&network.low, address + 8, 8);
	return network;
}

static size_t home_of(const struct admissions *admissions, const struct network *network)
{
	uint64_t mix = (network->high ^ admissions->seed) * 0x9e3779b97f4a7c15u;

	mix = (mix ^ (mix >> 29) ^ network->low) * 0xbf58476d1ce4e5b9u;
	return (size_t)(mix ^ (mix >> 32)) & admissions->mask;
}

/* Its slot, or the free one where it would go. */
static size_t find(const struct admissions *admissions, const struct network *network)
{
	size_t at = home_of(admissions, network);

	for (;; at = (at + 1) & admissions->mask) {
		const struct network *slot = &admissions->slots[at];

		if (slot->count == 0 || (slot->high == network->high && slot->low == network->low))
			return at;
	}
}

/* Closes the gap at `hole`, so that no entry behind it is lost to its probe. */
static void close_gap(struct admissions *admissions, size_t hole)
{
	size_t at = hole;

	for (;;) {
		size_t home;

		at = (at + 1) & admissions->mask;
		if (admissions->slots[at].count == 0)
			return;
		home = home_of(admissions, &admissions->slots[at]);
		if (((at - home) & admissions->mask) < ((at - hole) & admissions->mask))
			continue;
		admissions->slots[hole] = admissions->slots[at];
		admissions->slots[at].count = 0;
		hole = at;
	}
}

enum admission admissions_enter(struct admissions *admissions, const uint8_t address[HTTP_ADDRESS_SIZE])
{
	struct network network = network_of(address);
	enum admission admission = ADMITTED;
	size_t         at;

	pthread_mutex_lock(&admissions->lock);
	at = find(admissions, &network);
	if (admissions->connections >= admissions->connections_max)
		admission = CROWDED;
	else if (admissions->slots[at].count >= admissions->per_address_max)
		admission = CROWDED_ADDRESS;
	if (admission == ADMITTED) {
		network.count = admissions->slots[at].count + 1;
		admissions->slots[at] = network;
		admissions->connections++;
	}
	pthread_mutex_unlock(&admissions->lock);
	return admission;
}

void admissions_leave(struct admissions *admissions, const uint8_t address[HTTP_ADDRESS_SIZE])
{
	struct network network = network_of(address);
	size_t         at;

	pthread_mutex_lock(&admissions->lock);
	at = find(admissions, &network);
	require(admissions->slots[at].count > 0 && admissions->connections > 0);
	admissions->connections--;
	admissions->slots[at].count--;
	if (admissions->slots[at].count == 0)
		close_gap(admissions, at);
	pthread_mutex_unlock(&admissions->lock);
}

#include "api/revocation.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

/* Open addressing wants a quarter of the slots free. */
enum { SLOTS = 64 * 1024 };

_Static_assert(REVOCATIONS_MAX <= SLOTS - SLOTS / 4, "a look-up must find a free slot soon");
_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are chosen by a mask");

/* The tokens of this user or session issued below the position are dead. Ids of users and sessions never coincide. */
struct entry {
	struct id id;       /* absent: the slot is free */
	uint64_t  position; /* UINT64_MAX for a session, which never issues tokens again */
	int64_t   kept_until_us;
};

struct revocation {
	pthread_rwlock_t lock; /* guards everything below */
	int64_t          lifetime_us;
	uint64_t         floor; /* every token issued below is dead */
	uint32_t         count;
	struct entry    *entries; /* SLOTS */
};

static struct entry *allocate_entries(void)
{
	struct entry *entries = calloc(SLOTS, sizeof(*entries));

	require(entries != NULL);
	return entries;
}

struct revocation *revocation_create(int64_t lifetime_us)
{
	struct revocation   *set = calloc(1, sizeof(*set));
	pthread_rwlockattr_t attributes;

	require(set != NULL);
	/* Otherwise a steady stream of readers could keep the feed waiting for ever. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&set->lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	set->lifetime_us = lifetime_us;
	set->entries = allocate_entries();
	return set;
}

void revocation_destroy(struct revocation *set)
{
	if (!set)
		return;
	pthread_rwlock_destroy(&set->lock);
	free(set->entries);
	free(set);
}

/* The id's entry, or the free slot where it belongs. The last bytes of a UUIDv7 are random. */
static struct entry *find_slot(struct entry *entries, struct id id)
{
	uint32_t slot;

	memcpy(&slot, id.bytes + 12, sizeof(slot));
	for (;; slot++) {
		struct entry *entry = &entries[slot & (SLOTS - 1)];

		if (!id_present(entry->id) || id_equal(entry->id, id))
			return entry;
	}
}

static void drop_expired(struct revocation *set, int64_t now_us)
{
	struct entry *kept = allocate_entries();

	set->count = 0;
	for (uint32_t i = 0; i < SLOTS; i++) {
		const struct entry *entry = &set->entries[i];

		if (!id_present(entry->id) || entry->kept_until_us <= now_us)
			continue;
		*find_slot(kept, entry->id) = *entry;
		set->count++;
	}
	free(set->entries);
	set->entries = kept;
}

/* Every entry's event lies at or below `position`, so refusing all that was issued before it covers them all. */
static void raise_floor(struct revocation *set, uint64_t position)
{
	memset(set->entries, 0, SLOTS * sizeof(*set->entries));
	set->count = 0;
	set->floor = position > set->floor ? position : set->floor;
}

static void make_room(struct revocation *set, uint64_t position, int64_t now_us)
{
	if (set->count < REVOCATIONS_MAX)
		return;
	drop_expired(set, now_us);
	/* Still nearly full: a sweep for every new entry would be the more costly attack. */
	if (set->count > REVOCATIONS_MAX / 2)
		raise_floor(set, position);
}

/* Keeps `dead_below` for the id; `position` is where the log stands. */
static void keep(struct revocation *set, struct entry wanted, uint64_t position, int64_t now_us)
{
	struct entry *entry;

	require(id_present(wanted.id));
	pthread_rwlock_wrlock(&set->lock);
	make_room(set, position, now_us);
	entry = find_slot(set->entries, wanted.id);
	if (!id_present(entry->id))
		set->count++;
	if (entry->position > wanted.position)
		wanted.position = entry->position;
	wanted.kept_until_us = now_us + set->lifetime_us;
	*entry = wanted;
	pthread_rwlock_unlock(&set->lock);
}

void revocation_session(struct revocation *set, struct id session, uint64_t position, int64_t now_us)
{
	keep(set, (struct entry){.id = session, .position = UINT64_MAX}, position, now_us);
}

void revocation_user(struct revocation *set, struct id user, uint64_t position, int64_t now_us)
{
	keep(set, (struct entry){.id = user, .position = position}, position, now_us);
}

bool revocation_allows(struct revocation *set, const struct token_claims *claims)
{
	bool allowed;

	pthread_rwlock_rdlock(&set->lock);
	allowed = claims->position >= set->floor
	          && claims->position >= find_slot(set->entries, claims->session)->position
	          && claims->position >= find_slot(set->entries, claims->user)->position;
	pthread_rwlock_unlock(&set->lock);
	return allowed;
}

uint32_t revocation_count(struct revocation *set)
{
	uint32_t count;

	pthread_rwlock_rdlock(&set->lock);
	count = set->count;
	pthread_rwlock_unlock(&set->lock);
	return count;
}

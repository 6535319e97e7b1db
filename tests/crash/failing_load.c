/* Something to record: failing_load COMMITS SEED prints the folder that it leaves, a data folder as the writer keeps
 * it. People come, change and are erased, a few events to a commit, and half way the log is given a new epoch; after
 * each commit the last position is written to "acknowledged". */
#include "eventstore/base/require.h"
#include "eventstore/writer/epoch.h"
#include "schema/events.h"
#include "tests/crash/recording.h"
#include "tests/eventstore/ground.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS_MAX = 4, PERSONS_MAX = 4096, ERASE_ONE_IN = 7, NEW_ONE_IN = 3 };

static uint64_t chance;

/* SplitMix64. */
static uint32_t below(uint32_t limit)
{
	uint64_t mixed = chance += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((mixed ^ mixed >> 31) % limit);
}

static uint64_t change_somebody(struct store *store, uint32_t *persons, bool *erased)
{
	char     name[32];
	uint32_t person = below(NEW_ONE_IN) == 0 || *persons == 0 ? (*persons)++ : below(*persons);

	if (erased[person])
		person = (*persons)++;
	require(*persons < PERSONS_MAX);
	snprintf(name, sizeof(name), "Person %u", person);
	if (below(ERASE_ONE_IN) > 0)
		return GROUND_EVENT(store, ground_id(person), profile_changed, .user = ground_id(person),
		                    .name = text_from(name));
	erased[person] = true;
	store_forget(store, ground_id(person));
	return GROUND_EVENT(store, ground_id(person), user_erased, .user = ground_id(person));
}

static struct store *raise_epoch(struct store *store)
{
	struct log_identity identity;

	store_close(store);
	require(epoch_raise(ground_folder(), 0, &identity) == STATUS_OK);
	return ground_open();
}

int main(int count, char **arguments)
{
	static bool   erased[PERSONS_MAX];
	struct store *store;
	uint32_t      persons = 0;
	uint64_t      position = 0;
	unsigned long commits;
	int           acknowledged;

	require(count == 3);
	chance = strtoull(arguments[2], NULL, 10);
	puts(ground_fresh());
	fflush(stdout);
	acknowledged = open(ground_path(RECORD_ACKNOWLEDGED), O_WRONLY | O_CREAT, 0600);
	store = ground_open();
	commits = strtoul(arguments[1], NULL, 10);
	for (unsigned long commit = 0; commit < commits; commit++) {
		if (commit == commits / 2)
			store = raise_epoch(store);
		for (uint32_t i = below(EVENTS_MAX) + 1; i > 0; i--)
			position = change_somebody(store, &persons, erased);
		ground_commit(store);
		require(write(acknowledged, &position, sizeof(position)) == sizeof(position));
	}
	store_close(store);
	return 0;
}

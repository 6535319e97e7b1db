#include "tests/sim/weather.h"

#include "eventstore/disk/room.h"
#include "eventstore/log/index.h"
#include "eventstore/log/log.h"
#include "eventstore/subscription/subscription_state.h"
#include "eventstore/vault/keys.h"
#include "eventstore/vault/slots.h"
#include "eventstore/writer/overlay.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"

/* 2026-01-01T00:00:00Z. */
#define FIRST_MOMENT_US INT64_C(1767225600000000)

static enum fault  armed;
static enum mutant mutation;
static bool        store_opens, disk_full;
static int64_t     now_us;

void weather_arm(enum fault fault)
{
	armed = fault;
}

enum fault weather_armed(void)
{
	return armed;
}

void weather_mutate(enum mutant mutant)
{
	mutation = mutant;
}

bool weather_is(enum mutant mutant)
{
	return mutation == mutant;
}

void weather_fill_disk(bool full)
{
	disk_full = full;
}

void weather_open_store(bool opening)
{
	store_opens = opening;
}

void weather_start(void)
{
	now_us = FIRST_MOMENT_US;
}

void weather_pass(int64_t us)
{
	now_us += us;
}

int64_t weather_now_us(void)
{
	return now_us;
}

static bool strikes(enum fault fault, enum reached reached)
{
	if (armed != fault)
		return false;
	armed = FAULT_NONE;
	claim_reached(reached);
	return true;
}

/* ---------------------------------------------------------------- between the store and what it calls */

enum status __real_keys_commit(struct keys *keys);
enum status __wrap_keys_commit(struct keys *keys);
enum status __real_log_append(struct log *log, const struct bytes *records, size_t count);
enum status __wrap_log_append(struct log *log, const struct bytes *records, size_t count);
enum status __real_keys_forget(struct keys *keys, struct id person);
enum status __wrap_keys_forget(struct keys *keys, struct id person);
enum status __real_slots_erase(struct slots *slots, uint64_t number);
enum status __wrap_slots_erase(struct slots *slots, uint64_t number);
enum status __real_index_apply(struct index *index, index_source next, void *owner);
enum status __wrap_index_apply(struct index *index, index_source next, void *owner);
enum status __real_index_command(struct index *index, struct kv_txn *snapshot, struct id command, uint64_t *position);
enum status __wrap_index_command(struct index *index, struct kv_txn *snapshot, struct id command, uint64_t *position);
enum status __real_overlay_claim(struct overlay *overlay, const struct hash *value, struct id *owner);
enum status __wrap_overlay_claim(struct overlay *overlay, const struct hash *value, struct id *owner);
enum status __real_subscription_change_end(struct subscription_change *change, enum status status);
enum status __wrap_subscription_change_end(struct subscription_change *change, enum status status);
bool        __wrap_room_look(struct room *room);
void        __wrap_fill_ahead(int fd, size_t needed);
void        __wrap_randombytes_buf(void *memory, size_t size);
int64_t     __wrap_clock_wall_us(void);
int64_t     __wrap_clock_monotonic_us(void);

enum status __wrap_keys_commit(struct keys *keys)
{
	if (strikes(FAULT_COMMIT_BEFORE_KEYS, REACHED_commit_lost_before_keys))
		return STATUS_IO;
	return weather_is(MUTANT_keys_stay_in_memory) ? STATUS_OK : __real_keys_commit(keys);
}

enum status __wrap_log_append(struct log *log, const struct bytes *records, size_t count)
{
	enum status status;

	if (strikes(FAULT_COMMIT_AFTER_KEYS, REACHED_commit_lost_after_keys))
		return STATUS_IO;
	status = __real_log_append(log, records, count);
	return strikes(FAULT_COMMIT_AFTER_LOG, REACHED_commit_lost_after_log) ? STATUS_IO : status;
}

enum status __wrap_keys_forget(struct keys *keys, struct id person)
{
	if (strikes(FAULT_COMMIT_BEFORE_FORGETTING, REACHED_commit_lost_before_forgetting))
		return STATUS_IO;
	if (weather_is(MUTANT_erases_nothing) || (store_opens && weather_is(MUTANT_forgets_erasures)))
		return STATUS_OK;
	return __real_keys_forget(keys, person);
}

enum status __wrap_slots_erase(struct slots *slots, uint64_t number)
{
	enum status status = __real_slots_erase(slots, number);

	return strikes(FAULT_COMMIT_WITHIN_FORGETTING, REACHED_commit_lost_within_forgetting) ? STATUS_IO : status;
}

enum status __wrap_index_apply(struct index *index, index_source next, void *owner)
{
	enum status status;

	if (strikes(FAULT_INDEX_BEFORE, REACHED_index_lost_before))
		return STATUS_IO;
	status = __real_index_apply(index, next, owner);
	return strikes(FAULT_INDEX_AFTER, REACHED_index_lost_after) ? STATUS_IO : status;
}

enum status __wrap_subscription_change_end(struct subscription_change *change, enum status status)
{
	if (strikes(FAULT_MEMORY_BEFORE, REACHED_place_lost_before))
		return __real_subscription_change_end(change, STATUS_IO);
	status = __real_subscription_change_end(change, status);
	return strikes(FAULT_MEMORY_AFTER, REACHED_place_lost_after) ? STATUS_IO : status;
}

enum status __wrap_index_command(struct index *index, struct kv_txn *snapshot, struct id command, uint64_t *position)
{
	return weather_is(MUTANT_forgets_commands) ? STATUS_NOT_FOUND
	                                           : __real_index_command(index, snapshot, command, position);
}

enum status __wrap_overlay_claim(struct overlay *overlay, const struct hash *value, struct id *owner)
{
	return weather_is(MUTANT_forgets_claims) ? STATUS_NOT_FOUND : __real_overlay_claim(overlay, value, owner);
}

bool __wrap_room_look(struct room *room)
{
	room->is_short = disk_full;
	return disk_full;
}

/* A megabyte of zeroes for each file of each course would be most of the work; the store does not need them. */
void __wrap_fill_ahead(int fd, size_t needed)
{
	(void)fd;
	(void)needed;
}

void __wrap_randombytes_buf(void *memory, size_t size)
{
	chance_fill(memory, size);
}

int64_t __wrap_clock_wall_us(void)
{
	return now_us;
}

int64_t __wrap_clock_monotonic_us(void)
{
	return now_us;
}

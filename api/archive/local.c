#include "api/archive/local.h"

#include "eventstore/base/map.h"

/* ---------------------------------------------------------------- away from the platform */

static const char *const kinds[] = {"course", "objective", "question", "lesson", "assessment", "achievement"};

enum { KIND_COUNT = array_count(kinds), KIND_ABSENT = 15 };

struct naming {
	struct map named; /* ids of the platform to kind << 32 | number */
	uint32_t   counts[KIND_ABSENT + 1];
};

/* A UUIDv8 (RFC 9562 §5.8): the number, the kind, and nothing else. */
static struct id numbered(uint32_t kind, uint32_t number)
{
	struct id id = {.bytes = {[5] = (uint8_t)kind, [6] = 0x80, [8] = 0x80}};

	for (int i = 0; i < 4; i++)
		id.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	return id;
}

static uint32_t kind_named(const char *member)
{
	uint32_t kind = 0;

	while (kind < KIND_COUNT && strcmp(kinds[kind], member) != 0)
		kind++;
	return kind;
}

/* Whatever is named was made before, but for what texts embed. */
static void exchange_id(void *owner, enum wish_mention mention, struct id *id, const struct wish_place *place)
{
	struct naming *naming = owner;
	uint32_t       kind = mention == WISH_MAKES ? kind_named(place->member) + 1 : KIND_ABSENT;
	bool           fresh = false;
	uint64_t      *value = map_put(&naming->named, id->bytes, &fresh);

	if (fresh)
		*value = (uint64_t)kind << 32 | ++naming->counts[kind];
	*id = numbered((uint32_t)(*value >> 32), (uint32_t)*value);
}

void local_names(struct wishes *wishes)
{
	struct naming             naming = {.named = {.key_size = sizeof(struct id)}};
	const struct wish_visitor visitor = {.owner = &naming, .id = exchange_id};

	for (uint32_t i = 0; i < wishes->count; i++)
		wish_walk(&wishes->items[i], &visitor);
	map_finish(&naming.named);
}

/* ---------------------------------------------------------------- into a course */

struct settling {
	struct wishes     *wishes;
	const struct wish *wish;
	struct id          import;
	struct map         made; /* as a set */
	struct complaints *complaints;
};

struct id local_settled(struct id import, struct id local)
{
	const struct id parts[] = {import, local};

	return id_derived("import", parts, array_count(parts));
}

struct text local_pointer(const struct wish *wish, struct text below, struct arena *arena)
{
	return arena_format(arena, "/course.jsonl/%u%.*s", wish->line, TEXT_ARG(below));
}

static void complain(struct settling *settling, const struct wish_place *place)
{
	struct complaints *complaints = settling->complaints;
	struct arena      *arena = settling->wishes->arena;
	struct text        below = wish_pointer(place, arena);

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){
			.pointer =
				local_pointer(settling->wish, arena_format(arena, "/body%.*s", TEXT_ARG(below)), arena),
			.sentence = TEXT("names what no line before it makes")};
}

static void settle(void *owner, enum wish_mention mention, struct id *id, const struct wish_place *place)
{
	struct settling *settling = owner;

	if (mention == WISH_MAKES)
		map_put(&settling->made, id->bytes, NULL);
	else if (mention == WISH_NAMES && !map_get(&settling->made, id->bytes))
		complain(settling, place);
	*id = local_settled(settling->import, *id);
}

void local_settle(struct wishes *wishes, struct id import, struct complaints *complaints)
{
	struct settling settling = {
		.wishes = wishes, .import = import, .made = {.key_size = sizeof(struct id)}, .complaints = complaints};
	const struct wish_visitor visitor = {.owner = &settling, .id = settle};

	for (uint32_t i = 0; i < wishes->count; i++) {
		settling.wish = &wishes->items[i];
		wish_walk(settling.wish, &visitor);
	}
	map_finish(&settling.made);
}

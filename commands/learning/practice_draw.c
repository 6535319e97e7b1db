#include "commands/learning/practice_draw.h"

#include "commands/learning/random.h"
#include "eventstore/base/require.h"

enum {
	/* No chance and no facility is taken as sure: from nothing and from everything no odds could be made. */
	SHARE_LEAST_PPM = 1000,
	SHARE_MOST_PPM = PRACTICE_PPM - SHARE_LEAST_PPM,
	US_PER_S = 1000000,
};

/* A candidate that may be asked, and what it is ordered by. */
struct option {
	uint32_t place;
	uint32_t expected_ppm;
	int64_t  due_at;   /* of a review */
	bool     late;     /* taken only where nothing else is left */
	uint32_t distance; /* from the target */
	uint64_t chance;
};

struct options {
	struct option items[PRACTICE_CANDIDATES_MAX];
	uint32_t      count;
};

static uint64_t bounded(uint64_t share_ppm)
{
	return share_ppm < SHARE_LEAST_PPM ? SHARE_LEAST_PPM : share_ppm > SHARE_MOST_PPM ? SHARE_MOST_PPM : share_ppm;
}

static bool is_due(const struct practice_candidate *candidate, const struct practice_rules *rules)
{
	return candidate->has_due_at && candidate->due_at <= rules->drawn_at;
}

/* Odds are multiplied: those that tracing gives, and those of the question against those of the average one. */
uint32_t practice_expected_ppm(const struct practice_candidate *candidate, const struct practice_rules *rules)
{
	uint64_t known = candidate->known_ppm, ppm = PRACTICE_PPM;
	uint64_t traced = bounded((known * (ppm - rules->slip_ppm) + (ppm - known) * candidate->guess_ppm) / ppm);
	uint64_t own = bounded(candidate->facility_ppm), average = bounded(rules->facility_ppm);
	uint64_t right = traced * own / ppm * (ppm - average);
	uint64_t wrong = (ppm - traced) * (ppm - own) / ppm * average;

	if (is_due(candidate, rules) && candidate->has_recall_ppm)
		return candidate->recall_ppm;
	return (uint32_t)(right * ppm / (right + wrong));
}

static bool rests(const struct practice_candidate *candidate, const struct practice_rules *rules)
{
	return candidate->has_right_at && rules->drawn_at - candidate->right_at < (int64_t)rules->rest_s * US_PER_S;
}

static uint32_t distance_from_target(uint32_t expected_ppm, const struct practice_rules *rules)
{
	if (expected_ppm < rules->target_least_ppm)
		return rules->target_least_ppm - expected_ppm;
	return expected_ppm > rules->target_most_ppm ? expected_ppm - rules->target_most_ppm : 0;
}

static bool comes_before(const struct option *a, const struct option *b)
{
	if (a->due_at != b->due_at)
		return a->due_at < b->due_at;
	if (a->late != b->late)
		return b->late;
	if (a->distance != b->distance)
		return a->distance < b->distance;
	return a->chance != b->chance ? a->chance < b->chance : a->place < b->place;
}

static void insert(struct options *options, const struct option *option)
{
	uint32_t place = options->count++;

	for (; place > 0 && comes_before(option, &options->items[place - 1]); place--)
		options->items[place] = options->items[place - 1];
	options->items[place] = *option;
}

static enum practice_reason reason_for(const struct practice_candidate *candidate, const struct practice_rules *rules)
{
	if (is_due(candidate, rules))
		return PRACTICE_REASON_review;
	if (id_present(candidate->objective) && candidate->evidence == 0)
		return PRACTICE_REASON_new;
	return candidate->known_ppm < PRACTICE_WEAK_PPM ? PRACTICE_REASON_weak : PRACTICE_REASON_adaptive;
}

/* Each candidate has a number of chance, also one that rests, so that no draw depends on which others rest. */
static void sort_out(const struct practice_rules *rules, const struct practice_candidate *candidates, uint32_t count,
                     struct options *due, struct options *others)
{
	struct random random;

	random_open(&random, rules->seed, TEXT("practice"), 0);
	for (uint32_t i = 0; i < count; i++) {
		const struct practice_candidate *candidate = &candidates[i];
		struct option                    option = {.place = i,
		                                           .expected_ppm = practice_expected_ppm(candidate, rules),
		                                           .chance = random_next(&random)};

		if (rests(candidate, rules))
			continue;
		if (is_due(candidate, rules)) {
			option.due_at = candidate->due_at;
			insert(due, &option);
			continue;
		}
		option.late = candidate->has_due_at || candidate->known_ppm >= PRACTICE_MASTERED_PPM;
		option.distance = distance_from_target(option.expected_ppm, rules);
		insert(others, &option);
	}
}

/* Half of the places, and what the others leave. */
static uint32_t places_for_reviews(uint32_t wanted, uint32_t due, uint32_t others)
{
	uint32_t half = (wanted + 1) / 2, left = others < wanted ? wanted - others : 0;
	uint32_t most = half > left ? half : left;

	return due < most ? due : most;
}

uint32_t practice_draw(const struct practice_rules *rules, const struct practice_candidate *candidates, uint32_t count,
                       struct practice_pick *picks, uint32_t *places)
{
	struct options due = {0}, others = {0};
	uint32_t       reviews, drawn = 0;

	require(count <= PRACTICE_CANDIDATES_MAX && rules->count <= PRACTICE_QUESTIONS_MAX);
	sort_out(rules, candidates, count, &due, &others);
	reviews = places_for_reviews(rules->count, due.count, others.count);
	while (drawn < rules->count && drawn < reviews + others.count) {
		const struct option *option = drawn < reviews ? &due.items[drawn] : &others.items[drawn - reviews];

		places[drawn] = option->place;
		picks[drawn++] = (struct practice_pick){.question = candidates[option->place].question,
		                                        .why = reason_for(&candidates[option->place], rules),
		                                        .expected_ppm = option->expected_ppm};
	}
	return drawn;
}

#include "api/router.h"

#include "api/preparation.h"
#include "eventstore/base/require.h"

#include <stdio.h>

#define ROUTE(verb, route_path, route_name, who, status, prepared)                                                     \
	{.method = #verb,                                                                                              \
	 .path = (route_path),                                                                                         \
	 .name = #route_name,                                                                                          \
	 .access = ACCESS_##who,                                                                                       \
	 .http = (status),                                                                                             \
	 .preparation = &preparation_##prepared},
static struct route routes[] = {
#include "api/routes.def"
};
#undef ROUTE

void router_start(void)
{
	for (size_t i = 0; i < array_count(routes); i++) {
		routes[i].command = command_type_by_name(text_from(routes[i].name));
		routes[i].query = routes[i].command ? NULL : query_type_by_name(text_from(routes[i].name));
		require(routes[i].command || routes[i].query);
	}
}

const struct route *router_routes(uint32_t *count)
{
	*count = array_count(routes);
	return routes;
}

/* Cuts the next segment off, after its slash; false at the end. */
static bool next_segment(struct text *rest, struct text *segment)
{
	const char *slash;

	if (rest->size == 0 || rest->data[0] != '/')
		return false;
	rest->data++;
	rest->size--;
	slash = memchr(rest->data, '/', rest->size);
	*segment = (struct text){.data = rest->data, .size = slash ? (size_t)(slash - rest->data) : rest->size};
	rest->data += segment->size;
	rest->size -= segment->size;
	return true;
}

static bool is_parameter(struct text segment)
{
	return segment.size > 2 && segment.data[0] == '{';
}

static void keep_parameter(struct route_match *match, struct text pattern, struct text value)
{
	require(match->count < ROUTE_PARAMETERS_MAX);
	match->names[match->count] = (struct text){.data = pattern.data + 1, .size = pattern.size - 2};
	match->values[match->count++] = value;
}

/* How well a pattern fits: 0 not at all, otherwise more the more of its segments are fixed, the earlier the better. */
static uint32_t fit(const struct route *route, struct text path, struct route_match *match)
{
	struct text pattern = text_from(route->path), wanted = TEXT_NONE, given = TEXT_NONE;
	uint32_t    score = 1;
	bool        more, given_more;

	match->count = 0;
	for (;;) {
		more = next_segment(&pattern, &wanted);
		given_more = next_segment(&path, &given);
		if (!more || !given_more)
			return more == given_more ? score : 0;
		score <<= 1;
		if (is_parameter(wanted) && given.size > 0)
			keep_parameter(match, wanted, given);
		else if (text_equal(wanted, given))
			score |= 1;
		else
			return 0;
	}
}

static void add_allowed(struct route_match *match, const char *method)
{
	size_t used = strlen(match->allow);

	if (strstr(match->allow, method))
		return;
	snprintf(match->allow + used, sizeof(match->allow) - used, "%s%s", used > 0 ? ", " : "", method);
}

static bool method_is(const struct route *route, struct text method)
{
	return text_is(method, route->method) || (text_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

void router_match(struct text method, struct text path, struct route_match *out)
{
	struct route_match best = {0}, candidate;
	uint32_t           best_score = 0, any_score = 0;

	for (size_t i = 0; i < array_count(routes); i++) {
		uint32_t score = fit(&routes[i], path, &candidate);

		/* A fixed path hides a parameter's: what it does not allow is not looked for behind it. */
		if (score == 0 || score < any_score)
			continue;
		if (score > any_score) {
			any_score = score;
			best = (struct route_match){0};
			best_score = 0;
		}
		add_allowed(&best, routes[i].method);
		if (strcmp(routes[i].method, "GET") == 0)
			add_allowed(&best, "HEAD");
		if (score > best_score && method_is(&routes[i], method)) {
			best.route = &routes[i];
			memcpy(best.values, candidate.values, sizeof(best.values));
			memcpy(best.names, candidate.names, sizeof(best.names));
			best.count = candidate.count;
			best_score = score;
		}
	}
	if (best.allow[0])
		add_allowed(&best, "OPTIONS");
	*out = best;
}

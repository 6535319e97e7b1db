/* The credentials' library at the end of a pipe, for judges in another language. A request is a line with a verb, lines
 * "name base64url", and an empty line; a name may come again. The answer is a line of JSON. Keys come from the request,
 * so that the same request always has the same answer. */
#include "api/credentials/badge.h"
#include "api/credentials/bake.h"
#include "api/credentials/data_integrity.h"
#include "api/credentials/did.h"
#include "api/credentials/emblem.h"
#include "api/credentials/status_list.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_MAX = 256 };

struct request {
	char         verb[32];
	size_t       count;
	struct text  names[FIELDS_MAX];
	struct text  values[FIELDS_MAX];
	struct arena arena;
};

/* ---- reading ---- */

static void add_field(struct request *request, struct text line)
{
	const char *space = memchr(line.data, ' ', line.size);
	struct text name = {.data = line.data, .size = (size_t)(space - line.data)};
	struct text coded = {.data = space + 1, .size = line.size - name.size - 1};
	uint8_t    *value = arena_alloc(&request->arena, coded.size + 1);
	size_t      size;

	require(space != NULL && request->count < FIELDS_MAX && base64_decode(coded, value, &size));
	request->names[request->count] = arena_text(&request->arena, name);
	request->values[request->count++] = (struct text){.data = (char *)value, .size = size};
}

static bool read_request(FILE *in, struct request *request)
{
	char   *line = NULL;
	size_t  capacity = 0;
	ssize_t size = getline(&line, &capacity, in);
	bool    there = size > 0;

	if (there)
		snprintf(request->verb, sizeof(request->verb), "%.*s", (int)size - 1, line);
	while (there && (size = getline(&line, &capacity, in)) > 1)
		add_field(request, (struct text){.data = line, .size = (size_t)size - 1});
	free(line);
	return there;
}

static struct text field(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->count; i++)
		if (text_is(request->names[i], name))
			return request->values[i];
	return TEXT_NONE;
}

static uint64_t number(const struct request *request, const char *name)
{
	uint64_t value = 0;

	text_parse_u64(field(request, name), &value);
	return value;
}

static int64_t moment(const struct request *request, const char *name)
{
	int64_t time_us = 0;

	require(!field(request, name).data || time_parse(field(request, name), &time_us));
	return time_us;
}

static void take_key(const struct request *request, struct sign_key *out)
{
	struct text seed = field(request, "seed");

	require(seed.size == SIGN_SEED_SIZE);
	sign_key_from_seed((const uint8_t *)seed.data, out);
}

/* ---- answering ---- */

static void add_member(struct buffer *out, const char *name, struct bytes value)
{
	buffer_format(out, "%s\"%s\":\"", out->size > 1 ? "," : "", name);
	out->size += base64_encode(value, (char *)buffer_reserve(out, BASE64_SIZE(value.size)));
	buffer_append_text(out, TEXT("\""));
}

static void add_status(struct buffer *out, enum status status)
{
	buffer_format(out, "%s\"status\":\"%s\"", out->size > 1 ? "," : "", status_sentence(status));
}

static void add_quads(struct buffer *out, const struct linked *linked)
{
	struct buffer canonical = {0};

	linked_canonical(linked, &canonical);
	add_member(out, "quads", buffer_bytes(&canonical));
	buffer_finish(&canonical);
}

static uint32_t choose(const struct request *request, const char *name)
{
	return (uint32_t)number(request, name);
}

static size_t take_evidence(const struct request *request, struct badge_evidence out[BADGE_EVIDENCE_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < request->count; i++) {
		if (text_is(request->names[i], "evidence"))
			out[count++].id = request->values[i];
		if (text_is(request->names[i], "evidence_name"))
			out[count - 1].name = request->values[i];
		if (text_is(request->names[i], "evidence_narrative"))
			out[count - 1].narrative = request->values[i];
	}
	return count;
}

static void answer_badge(const struct request *request, const struct badge *badge, struct buffer *out)
{
	struct linked   linked = {0};
	struct arena    arena = {0};
	struct buffer   credential = {0};
	struct sign_key key;

	take_key(request, &key);
	badge_describe(badge, &arena, &linked);
	add_quads(out, &linked);
	badge_issue(badge, &key, did_method(badge->issuer.did, &key.public, &arena), &credential);
	add_member(out, "credential", buffer_bytes(&credential));
	buffer_finish(&credential);
	linked_finish(&linked);
	arena_finish(&arena);
}

static void take_achievement(const struct request *request, struct badge_achievement *out)
{
	*out = (struct badge_achievement){
		.id = field(request, "achievement"),
		.type = choose(request, "achievement_type"),
		.name = field(request, "achievement_name"),
		.description = field(request, "achievement_description"),
		.criteria = field(request, "achievement_criteria"),
		.language = field(request, "achievement_language"),
		.image_url = field(request, "achievement_image"),
	};
}

static void do_badge(const struct request *request, struct buffer *out)
{
	struct badge_evidence evidence[BADGE_EVIDENCE_MAX] = {0};
	struct badge_score    score = {
		   .name = field(request, "score_name"),
		   .type = choose(request, "score_type"),
		   .value = field(request, "score_value"),
		   .min = field(request, "score_min"),
		   .max = field(request, "score_max"),
        };
	struct badge_status status = {.list_url = field(request, "status_url"),
	                              .index = choose(request, "status_index")};
	struct badge        badge = {.id = field(request, "id"), .evidence = evidence};

	badge.issuer = (struct badge_issuer){field(request, "issuer"), field(request, "issuer_name"),
	                                     field(request, "issuer_url")};
	badge.subject = (struct badge_subject){field(request, "subject"), field(request, "identity_hash"),
	                                       field(request, "identity_salt")};
	badge.issued_us = moment(request, "issued");
	badge.expires_us = moment(request, "expires");
	badge.evidence_count = take_evidence(request, evidence);
	badge.score = score.name.data ? &score : NULL;
	badge.status = status.list_url.data ? &status : NULL;
	take_achievement(request, &badge.achievement);
	if (badge_complaint(&badge))
		buffer_format(out, "\"complaint\":\"%s\"", badge_complaint(&badge));
	else
		answer_badge(request, &badge, out);
}

static void do_list(const struct request *request, struct buffer *out)
{
	struct status_list list = {.url = field(request, "url"),
	                           .issuer = field(request, "issuer"),
	                           .changed_us = moment(request, "changed")};
	struct linked      linked = {0};
	struct arena       arena = {0};
	struct buffer      credential = {0};
	struct sign_key    key;
	uint64_t           index;

	for (size_t i = 0; i < request->count; i++)
		if (text_is(request->names[i], "revoked") && text_parse_u64(request->values[i], &index))
			status_list_revoke(&list, (uint32_t)index);
	take_key(request, &key);
	status_list_describe(&list, &arena, &linked);
	add_quads(out, &linked);
	status_list_issue(&list, &key, did_method(list.issuer, &key.public, &arena), &credential);
	add_member(out, "credential", buffer_bytes(&credential));
	buffer_finish(&credential);
	linked_finish(&linked);
	arena_finish(&arena);
}

static void do_did(const struct request *request, struct buffer *out)
{
	struct arena    arena = {0};
	struct buffer   document = {0};
	struct sign_key key;
	struct text     did;
	enum status     status = STATUS_OK;

	take_key(request, &key);
	if (field(request, "origin").data)
		status = did_web(field(request, "origin"), &arena, &did);
	else
		did = did_key(&key.public, &arena);
	add_status(out, status);
	if (status == STATUS_OK) {
		did_document(did, &key.public, 1, &document);
		add_member(out, "did", text_bytes(did));
		add_member(out, "document", buffer_bytes(&document));
	}
	buffer_finish(&document);
	arena_finish(&arena);
}

static void do_identity(const struct request *request, struct buffer *out)
{
	char hash[BADGE_IDENTITY_HASH_SIZE + 1];

	badge_identity_hash(field(request, "identity"), field(request, "salt"), hash);
	add_member(out, "hash", text_bytes(text_from(hash)));
}

static void do_emblem(const struct request *request, struct buffer *out)
{
	struct buffer picture = {0};

	emblem_draw(field(request, "seed_text"), &picture);
	add_member(out, "picture", buffer_bytes(&picture));
	buffer_finish(&picture);
}

static void do_bake(const struct request *request, struct buffer *out)
{
	struct text png = field(request, "png"), svg = field(request, "svg"), credential = field(request, "credential");
	struct buffer baked = {0};
	enum status   status =
                png.data ? bake_png(text_bytes(png), credential, &baked) : bake_svg(svg, credential, &baked);

	add_status(out, status);
	add_member(out, "picture", buffer_bytes(&baked));
	buffer_finish(&baked);
}

static void do_extract(const struct request *request, struct buffer *out)
{
	struct text png = field(request, "png"), svg = field(request, "svg"), found = TEXT("");
	enum status status = png.data ? bake_png_extract(text_bytes(png), &found) : bake_svg_extract(svg, &found);

	add_status(out, status);
	add_member(out, "credential", text_bytes(found));
}

static const struct {
	const char *name;
	void (*answer)(const struct request *request, struct buffer *out);
} verbs[] = {
	{"badge", do_badge},   {"list", do_list}, {"did", do_did},         {"identity", do_identity},
	{"emblem", do_emblem}, {"bake", do_bake}, {"extract", do_extract},
};

static void answer(const struct request *request)
{
	struct buffer out = {0};
	bool          known = false;

	buffer_append_text(&out, TEXT("{"));
	for (size_t i = 0; i < array_count(verbs); i++)
		if (strcmp(request->verb, verbs[i].name) == 0) {
			verbs[i].answer(request, &out);
			known = true;
		}
	require(known);
	buffer_append_text(&out, TEXT("}\n"));
	fwrite(out.data, 1, out.size, stdout);
	fflush(stdout);
	buffer_finish(&out);
}

int main(void)
{
	struct request request = {0};

	while (read_request(stdin, &request)) {
		answer(&request);
		request.count = 0;
		arena_reset(&request.arena);
	}
	arena_finish(&request.arena);
	return 0;
}

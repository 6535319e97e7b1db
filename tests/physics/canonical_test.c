/* The canonical form: golden bytes, what does not change it, and what its reader does not take. */
#include "physics/scene/canonical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
};

static const struct scene *read_scene(struct fixture *fixture, const char *json)
{
	const struct scene_options options = {.audience = SCENE_TEACHER};
	struct scene_report        report = {0};
	const struct scene        *scene = NULL;
	struct text                text = arena_text(&fixture->arena, text_from(json));

	for (size_t i = 0; i < text.size; i++)
		((char *)text.data)[i] = text.data[i] == '\'' ? '"' : text.data[i];
	if (scene_read(text_bytes(text), &options, &fixture->arena, &scene, &report) != STATUS_OK)
		fail_msg("%.*s: %.*s", TEXT_ARG(report.refusals.items[0].pointer),
		         TEXT_ARG(report.refusals.items[0].sentence));
	return scene;
}

static struct bytes encode(struct fixture *fixture, const struct scene *scene)
{
	struct buffer out = {0};
	struct bytes  bytes;

	scene_encode(scene, &out);
	bytes = arena_bytes(&fixture->arena, buffer_bytes(&out));
	buffer_finish(&out);
	return bytes;
}

static struct bytes encode_json(struct fixture *fixture, const char *json)
{
	return encode(fixture, read_scene(fixture, json));
}

static void assert_hex(struct hash hash, const char *hex)
{
	char text[65];

	for (size_t i = 0; i < sizeof(hash.bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", hash.bytes[i]);
	assert_string_equal(text, hex);
}

/* One of everything. */
static const char everything[] =
	"{'title':'all','seed':7,'materials':{'ice':{'friction':0.01,'elasticity':0.5}},'bodies':["
	"{'id':'a','mass':1,'moment':2,'pos':[0,3],'charge':-1,'shapes':[{'kind':'circle','r':0.1,'mat':'ice'}]},"
	"{'id':'b','mass':2,'pos':[4,0],'angle':0.3,'vel':[1,-1],'omega':0.5,'fixed_rotation':true,"
	"'shapes':[{'kind':'box','w':1,'h':0.5},{'kind':'segment','a':[-0.2,0],'b':[0.2,0],'r':0.05,'touches':false}]},"
	"{'id':'k','type':'kinematic','pos':[9,9],'vel':[0.1,0]},"
	"{'id':'s','type':'static','shapes':[{'kind':'poly','pts':[[-9,-9],[9,-9],[0,-8]]}]}],"
	"'joints':[{'id':'1','kind':'pin','a':'a','b':'b','pa':[0.05,0]},"
	"{'id':'2','kind':'groove','a':'world','b':'a','ga':[-1,3],'gb':[1,3]},"
	"{'id':'3','kind':'slide','a':'a','b':'b','max':6},{'id':'4','kind':'spring','a':'a','b':'b','k':4,'c':0.1},"
	"{'id':'5','kind':'rotary_spring','a':'a','b':'b','k':4},{'id':'6','kind':'gear','a':'a','b':'b','ratio':-2},"
	"{'id':'7','kind':'motor','a':'world','b':'a','rate':3,'max_force':10},"
	"{'id':'8','kind':'rotary_limit','a':'a','b':'world','min':-1,'max':1},"
	"{'id':'9','kind':'pulley','a':'a','b':'b','wa':[0,5],'wb':[4,5],'ratio':2,'collide':true}],"
	"'fields':[{'kind':'drag','linear':0.1,'quadratic':0.2,'wind':[1,2]},{'kind':'uniformB','bz':2,'body':'a'},"
	"{'kind':'electric','e':[1,0]},{'kind':'central','gm':3,'at':[50,50]},"
	"{'kind':'drive','body':'a','f':[1,0],'omega':2,'phase':0.5},{'kind':'rotating','omega':0.1}],"
	"'events':[{'t':2,'do':'impulse','body':'a','j':[1,0]},{'t':1,'do':'velocity','body':'b','vel':[0,1]},"
	"{'t':3,'do':'cut','joint':'1'}],"
	"'measure':[{'id':'x','kind':'position','body':'a','axis':'x'},{'id':'d','kind':'distance','body':'a','other':"
	"'world'},{'id':'F','kind':'joint_force','joint':'1'},{'id':'T','kind':'period','body':'a','axis':'y'},"
	"{'id':'m','kind':'max','of':'x'},{'id':'t','kind':'at_time','of':'d','t':2.5},{'id':'E','kind':'energy'}]}";

/* Recorded when the form was given its number: a change of any of these is another form. */
static void hashes_are_the_recorded_ones(void **state)
{
	struct fixture *fixture = *state;
	struct bytes    nothing = encode_json(fixture, "{'bodies':[]}"), all = encode_json(fixture, everything);
	struct hash     scene = scene_hash(all), engine = {{1, 2, 3}};

	assert_int_equal(nothing.size, 15 + 4 * 4 + 2 * 8 + 16 + 4 + 7 * 4);
	assert_memory_equal(nothing.data, "orrery scene 1\n\x01\0\0\0\x3c\0\0\0", 23);
	assert_hex(scene_hash(nothing), "9b14ae53c072eeca535491b8a0932bd47254f75b4fe376d9c7bf48f5afa408b9");
	assert_hex(scene, "e9eac959b046c990ff749f56fac7bf56699295498bb8ab07675fd139c4864589");
	assert_hex(run_hash(&scene, &engine), "9dfecfd734758db763b37dd5dfebcd1b64904650f3802fc73412eb5386fa3b4d");
}

static void what_is_decoded_is_encoded_as_the_same(void **state)
{
	struct fixture     *fixture = *state;
	struct bytes        bytes = encode_json(fixture, everything);
	const struct scene *scene = NULL;
	struct text         complaint = {0};

	assert_int_equal(scene_decode(bytes, &fixture->arena, &scene, &complaint), STATUS_OK);
	assert_true(bytes_equal(encode(fixture, scene), bytes));
	assert_int_equal(scene->joint_count, 9);
	assert_true(scene->events[0].time_s == 1 && scene->bodies[1].fixed_rotation);
}

static void names_titles_and_the_order_of_members_are_not_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct bytes    one = encode_json(fixture, "{'title':'One','bodies':[{'id':'a','mass':2,'pos':[1,-0.0]}],"
	                                              "'measure':[{'id':'E','kind':'energy'}]}");
	struct bytes    same = encode_json(
		   fixture,
		   "{'measure':[{'kind':'energy','id':'W'}],'params':{'m':{'path':'/bodies/0/mass','min':1,'max':3,"
		      "'title':'Mass'}},'bodies':[{'pos':[1e0,0],'mass':2.0,'type':'dynamic','id':'ball'}],"
		      "'gravity':[0,-9.81],'v':1}");

	assert_true(bytes_equal(one, same));
}

static void the_order_of_bodies_and_each_number_are_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct bytes    one = encode_json(fixture, "{'bodies':[{'id':'a','mass':1},{'id':'b','mass':2}]}");

	assert_false(bytes_equal(one, encode_json(fixture, "{'bodies':[{'id':'b','mass':2},{'id':'a','mass':1}]}")));
	assert_false(bytes_equal(
		one, encode_json(fixture, "{'bodies':[{'id':'a','mass':1},{'id':'b','mass':2.0000000000000004}]}")));
	assert_false(bytes_equal(
		one, encode_json(fixture, "{'seed':1,'bodies':[{'id':'a','mass':1},{'id':'b','mass':2}]}")));
}

/* Whatever the reader takes of a damaged scene it writes as those bytes; most it refuses, with a sentence. */
static void any_damage_is_refused_or_another_scene(void **state)
{
	struct fixture *fixture = *state;
	struct bytes    bytes = encode_json(fixture, everything);
	uint8_t        *damaged = malloc(bytes.size);
	uint32_t        refused = 0;

	assert_non_null(damaged);
	for (size_t i = 0; i < bytes.size; i++) {
		struct fixture      inner = {0};
		const struct scene *scene = NULL;
		struct text         complaint = {0};

		memcpy(damaged, bytes.data, bytes.size);
		damaged[i] ^= (uint8_t)(1 << i % 8);
		if (scene_decode(BYTES(damaged, bytes.size), &inner.arena, &scene, &complaint) == STATUS_OK) {
			assert_true(bytes_equal(encode(&inner, scene), BYTES(damaged, bytes.size)));
		} else {
			assert_true(complaint.size > 0 && scene == NULL);
			refused++;
		}
		arena_finish(&inner.arena);
	}
	assert_true(refused > 15 && refused < bytes.size);
	free(damaged);
}

static void what_is_too_short_or_too_long_is_refused(void **state)
{
	struct fixture     *fixture = *state;
	struct bytes        bytes = encode_json(fixture, everything);
	uint8_t            *longer = calloc(1, bytes.size + 1);
	const struct scene *scene = NULL;
	struct text         complaint = {0};

	assert_non_null(longer);
	memcpy(longer, bytes.data, bytes.size);
	for (size_t size = 0; size < bytes.size; size++)
		assert_int_equal(scene_decode(BYTES(bytes.data, size), &fixture->arena, &scene, &complaint),
		                 STATUS_INVALID);
	assert_int_equal(scene_decode(BYTES(longer, bytes.size + 1), &fixture->arena, &scene, &complaint),
	                 STATUS_INVALID);
	assert_true(text_is(complaint, arena_format(&fixture->arena, "byte %zu: the scene goes on", bytes.size).data));
	assert_null(scene);
	free(longer);
}

/* Bytes that a stranger made up: structure is looked at, not only numbers. Offsets as physics/scene/canonical.def has
 * them.
 */
static void structure_is_looked_at(void **state)
{
	struct fixture     *fixture = *state;
	const struct scene *made =
		read_scene(fixture, "{'bodies':[{'id':'a','mass':1,'shapes':[{'kind':'circle','r':1}]},"
	                            "{'id':'b','mass':1,'pos':[5,5]}],'joints':[{'id':'j','kind':'pin',"
	                            "'a':'a','b':'b'}],'measure':[{'id':'E','kind':'energy'}]}");
	struct scene_body   bodies[2] = {made->bodies[0], made->bodies[1]};
	struct scene_shape  shape = made->shapes[0];
	struct scene_joint  joint = made->joints[0];
	struct scene        scene = *made;
	const struct scene *out = NULL;
	struct text         complaint = {0};

	scene.bodies = bodies;
	scene.shapes = &shape;
	scene.joints = &joint;
#define REFUSED(change, back, sentence)                                                                                \
	change;                                                                                                        \
	assert_int_equal(scene_decode(encode(fixture, &scene), &fixture->arena, &out, &complaint), STATUS_INVALID);    \
	assert_true(text_is(complaint, sentence));                                                                     \
	back
	REFUSED(bodies[0].mass_kg = 0, bodies[0].mass_kg = 1, "body 0: mass or moment");
	REFUSED(bodies[1].first_shape = 0, bodies[1].first_shape = 1, "body 1: its shapes are not the next ones");
	REFUSED(shape.body = 1, shape.body = 0, "shape 0: its body");
	REFUSED(shape.kind = SHAPE_POLYGON, shape.kind = SHAPE_CIRCLE, "shape 0: its size");
	REFUSED(joint.b = 0, joint.b = 1, "joint 0: joins a body to itself");
	REFUSED(joint.a = 7, joint.a = 0, "joint 0: a");
	REFUSED(joint.kind = JOINT_GEAR, joint.kind = JOINT_PIN, "joint 0: ratio");
	REFUSED(scene.solver.fps = 9, scene.solver.fps = 60, "scene 0: solver.fps");
#undef REFUSED
	assert_int_equal(scene_decode(encode(fixture, &scene), &fixture->arena, &out, &complaint), STATUS_OK);
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_finish(&((struct fixture *)*state)->arena);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_the_recorded_ones),
		cmocka_unit_test(what_is_decoded_is_encoded_as_the_same),
		cmocka_unit_test(names_titles_and_the_order_of_members_are_not_in_it),
		cmocka_unit_test(the_order_of_bodies_and_each_number_are_in_it),
		cmocka_unit_test(any_damage_is_refused_or_another_scene),
		cmocka_unit_test(what_is_too_short_or_too_long_is_refused),
		cmocka_unit_test(structure_is_looked_at),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* What a scene may be, what it becomes, and what is said of one that it may not be. */
#include "physics/scene/scene.h"

#include "eventstore/codec/json_value.h"
#include "physics/law.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct arena        arena;
	const struct scene *scene;
	struct scene_report report;
};

/* JSON with ' for ". */
static struct bytes quoted(struct arena *arena, const char *json)
{
	struct text text = arena_text(arena, text_from(json));
	char       *data = (char *)text.data;

	for (size_t i = 0; i < text.size; i++)
		data[i] = data[i] == '\'' ? '"' : data[i];
	return BYTES(data, text.size);
}

static enum status read_with(struct fixture *fixture, const char *json, const struct scene_options *options)
{
	memset(&fixture->report, 0, sizeof(fixture->report));
	fixture->scene = NULL;
	arena_reset(&fixture->arena);
	return scene_read(quoted(&fixture->arena, json), options, &fixture->arena, &fixture->scene, &fixture->report);
}

static enum status read_scene(struct fixture *fixture, const char *json)
{
	return read_with(fixture, json, &(struct scene_options){.audience = SCENE_LEARNER});
}

static void print_refusals(const struct fixture *fixture)
{
	for (uint32_t i = 0; i < fixture->report.refusals.count; i++)
		print_message("# %.*s: %.*s\n", TEXT_ARG(fixture->report.refusals.items[i].pointer),
		              TEXT_ARG(fixture->report.refusals.items[i].sentence));
}

static void assert_scene(struct fixture *fixture, const char *json)
{
	enum status status = read_scene(fixture, json);

	print_refusals(fixture);
	assert_int_equal(status, STATUS_OK);
	assert_int_equal(fixture->report.refusals.count, 0);
}

static bool tells(const struct complaints *complaints, const char *pointer, const char *fragment)
{
	for (uint32_t i = 0; i < complaints->count; i++)
		if (text_is(complaints->items[i].pointer, pointer)
		    && strstr(complaints->items[i].sentence.data, fragment))
			return true;
	return false;
}

/* ---------------------------------------------------------------- what becomes of one */

static const char pendulum[] =
	"{'v':1,'title':'Pendulum 90°','solver':{'mode':'auto','fps':60,'substeps':16,'iterations':20,'duration':10,"
	"'tol':1e-8},'gravity':[0,-9.81],'fields':[{'kind':'drag','linear':0.0,'quadratic':0.0},"
	"{'kind':'uniformB','bz':0},{'kind':'central','at':[0,0],'gm':0}],"
	"'materials':{'steel':{'friction':0.5,'elasticity':0.9}},"
	"'bodies':[{'id':'bob','type':'dynamic','mass':1,'pos':[1,0],'angle':0,'vel':[0,0],'omega':0,"
	"'shapes':[{'kind':'circle','r':0.05,'mat':'steel'}]}],"
	"'joints':[{'id':'rod','kind':'pin','a':'world','b':'bob','pa':[0,0],'pb':[0,0]}],"
	"'events':[{'t':2.0,'do':'impulse','body':'bob','j':[0.1,0]}],"
	"'params':{'L':{'path':'/bodies/0/pos/0','min':0.1,'max':5}},"
	"'measure':[{'id':'T','kind':'period','body':'bob','axis':'x'},{'id':'E','kind':'energy'},"
	"{'id':'F','kind':'joint_force','joint':'rod'}],"
	"'expect':[{'measure':'T','formula':'pendulum_period','args':{'L':'$L','theta0':1.5707963},'tol_rel':1e-5}]}";

static void the_pendulum_of_the_contract_is_a_scene(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture, pendulum);
	assert_int_equal(fixture->scene->body_count, 1);
	assert_true(fixture->scene->bodies[0].moment_kgm2 == 0.05 * 0.05 / 2);
	assert_true(fixture->scene->shapes[0].friction == 0.5 && fixture->scene->shapes[0].elasticity == 0.9);
	assert_int_equal(fixture->scene->joints[0].a, SCENE_WORLD);
	assert_int_equal(fixture->scene->joints[0].b, 0);
	assert_int_equal(fixture->scene->field_count, 3);
	assert_string_equal(fixture->scene->expectations[0].formula->name, "pendulum_period");
	assert_true(fixture->scene->expectations[0].arguments[0] == 1);
	assert_true(fixture->scene->expectations[0].arguments[2] == 9.81);
	assert_int_equal(fixture->report.warnings.count, 0);
}

static void a_parameter_turns_its_number_and_the_formulas_argument(void **state)
{
	struct fixture          *fixture = *state;
	const struct scene_value two = {TEXT("L"), 2}, nine = {TEXT("L"), 9}, odd = {TEXT("M"), 1};
	struct scene_options     options = {SCENE_LEARNER, &two, 1};

	assert_int_equal(read_with(fixture, pendulum, &options), STATUS_OK);
	assert_true(fixture->scene->bodies[0].position.x == 2);
	assert_true(fixture->scene->parameters[0].value == 2 && fixture->scene->expectations[0].arguments[0] == 2);
	options.values = &nine;
	assert_int_equal(read_with(fixture, pendulum, &options), STATUS_INVALID);
	assert_true(tells(&fixture->report.refusals, "/params/L", "9 is not from 0.1 to 5"));
	options.values = &odd;
	assert_int_equal(read_with(fixture, pendulum, &options), STATUS_INVALID);
}

static void a_tree_is_compiled_again_with_another_value(void **state)
{
	const struct json_bounds bounds = {.size_max = sizeof(pendulum), .depth_max = 12};
	struct fixture          *fixture = *state;
	struct scene_value       length = {TEXT("L"), 2};
	struct scene_options     options = {SCENE_LEARNER, &length, 1};
	struct json_value       *tree = NULL;

	memset(&fixture->report, 0, sizeof(fixture->report));
	assert_int_equal(json_value_read(quoted(&fixture->arena, pendulum), &bounds, &fixture->arena, &tree,
	                                 &fixture->report.refusals),
	                 STATUS_OK);
	for (; length.value < 5; length.value += 1) {
		assert_int_equal(scene_compile(tree, &options, &fixture->arena, &fixture->scene, &fixture->report),
		                 STATUS_OK);
		assert_true(fixture->scene->bodies[0].position.x == length.value);
	}
}

static void what_is_left_out_is_the_usual(void **state)
{
	struct fixture            *fixture = *state;
	const struct scene_solver *solver;

	assert_scene(fixture, "{'bodies':[{'id':'a','mass':2}]}");
	solver = &fixture->scene->solver;
	assert_true(solver->mode == SOLVER_AUTO && solver->fps == 60 && solver->substeps == 16);
	assert_true(solver->iterations == 20 && solver->duration_s == 10 && solver->tolerance == 1e-8);
	assert_true(fixture->scene->gravity.x == 0 && fixture->scene->gravity.y == -9.81);
	assert_int_equal(fixture->scene->bodies[0].type, BODY_DYNAMIC);
	assert_true(fixture->scene->bodies[0].moment_kgm2 == 0);
}

static void a_point_may_be_told_by_distance_and_angle(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture, "{'bodies':[{'id':'a','mass':1,'pos':{'r':2,'angle':1.5707963267948966,"
	                      "'axis':-1.5707963267948966,'from':[1,1]}},{'id':'b','mass':1,'pos':{'r':1,'angle':0,"
	                      "'from':{'r':1,'angle':0}},'vel':{'r':-3,'angle':0}}]}");
	assert_true(fixture->scene->bodies[0].position.x == 3 && fixture->scene->bodies[0].position.y == 1);
	assert_true(fixture->scene->bodies[1].position.x == 2 && fixture->scene->bodies[1].velocity.x == -3);
}

static void zeroes_have_no_sign_and_denormals_are_zero(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture, "{'bodies':[{'id':'a','mass':1,'pos':[-0.0,1e-310],'angle':-0.0,'vel':[-1e-320,0]}]}");
	assert_false(signbit(fixture->scene->bodies[0].position.x) || signbit(fixture->scene->bodies[0].angle));
	assert_true(fixture->scene->bodies[0].position.y == 0 && fixture->scene->bodies[0].velocity.x == 0);
	assert_false(signbit(fixture->scene->bodies[0].velocity.x));
}

static void boxes_and_compounds_become_polygons_and_shapes_in_their_place(void **state)
{
	struct fixture           *fixture = *state;
	const struct scene_shape *shapes;
	const struct vector      *points;

	assert_scene(fixture, "{'bodies':[{'id':'a','mass':3,'shapes':[{'kind':'box','w':2,'h':1},{'kind':'compound',"
	                      "'at':[0,0],'angle':1.5707963267948966,'shapes':[{'kind':'circle','r':0.5,'at':[1,0]},"
	                      "{'kind':'circle','r':0.5,'at':[-1,0],'touches':false}]}]}]}");
	shapes = fixture->scene->shapes;
	points = &fixture->scene->points[shapes[0].first_point];
	assert_int_equal(fixture->scene->shape_count, 3);
	assert_true(shapes[0].kind == SHAPE_POLYGON && shapes[0].point_count == 4);
	assert_true(points[0].x == -1 && points[0].y == -0.5 && points[2].x == 1 && points[2].y == 0.5);
	assert_true(fabs(shapes[1].a.x) < 1e-15 && shapes[1].a.y == 1);
	assert_true(shapes[1].touches && !shapes[2].touches);
}

/* Textbook moments: disc m r²/2, box m (w² + h²)/12, thin rod m L²/12, dumbbell by the parallel axis theorem, and the
 * same box as four corners, off its own origin by a turn. */
static void moments_are_those_of_the_textbook(void **state)
{
	static const struct {
		const char *shapes;
		double      moment;
	} cases[] = {
		{"{'kind':'circle','r':0.5}", 4 * 0.25 / 2},
		{"{'kind':'box','w':2,'h':1}", 4 * 5.0 / 12},
		{"{'kind':'box','w':2,'h':1,'angle':0.7}", 4 * 5.0 / 12},
		{"{'kind':'segment','a':[-0.6,0],'b':[0.6,0]}", 4 * 1.44 / 12},
		{"{'kind':'poly','pts':[[-1,-0.5],[1,-0.5],[1,0.5],[-1,0.5]]}", 4 * 5.0 / 12},
		{"{'kind':'circle','r':0.5,'at':[2,0]},{'kind':'circle','r':0.5,'at':[-2,0]}", 4 * (0.125 + 4)},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < array_count(cases); i++) {
		char json[512];

		snprintf(json, sizeof(json), "{'bodies':[{'id':'a','mass':4,'shapes':[%s]}]}", cases[i].shapes);
		assert_scene(fixture, json);
		assert_true(fabs(fixture->scene->bodies[0].moment_kgm2 / cases[i].moment - 1) < 1e-14);
	}
}

/* A disc of radius r and a capsule whose length goes to nothing are the same. */
static void a_short_capsule_turns_like_a_disc(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture, "{'bodies':[{'id':'a','mass':2,'shapes':[{'kind':'segment','a':[-0.0005,0],"
	                      "'b':[0.0005,0],'r':3}]}]}");
	assert_true(fabs(fixture->scene->bodies[0].moment_kgm2 / 9 - 1) < 1e-3);
}

static void events_are_in_order_of_time_and_those_of_one_time_as_given(void **state)
{
	struct fixture           *fixture = *state;
	const struct scene_event *events;

	assert_scene(fixture,
	             "{'bodies':[{'id':'a','mass':1},{'id':'b','mass':1}],'events':["
	             "{'t':2,'do':'velocity','body':'a','vel':[1,0]},{'t':1,'do':'impulse','body':'b','j':[1,0]},"
	             "{'t':2,'do':'velocity','body':'b','vel':[2,0]}]}");
	events = fixture->scene->events;
	assert_true(events[0].kind == ACTION_IMPULSE && events[1].body == 0 && events[2].body == 1);
}

static void joints_take_from_the_start_what_they_leave_out(void **state)
{
	struct fixture           *fixture = *state;
	const struct scene_joint *joints;

	assert_scene(fixture, "{'bodies':[{'id':'a','mass':1,'pos':[0,3],'angle':0.5,'moment':1},{'id':'b','mass':1,"
	                      "'pos':[4,0],'angle':0.25,'moment':1}],'joints':["
	                      "{'id':'1','kind':'spring','a':'a','b':'b','k':4},"
	                      "{'id':'2','kind':'rotary_spring','a':'a','b':'b','k':4},"
	                      "{'id':'3','kind':'gear','a':'a','b':'b','ratio':-2},"
	                      "{'id':'4','kind':'pulley','a':'a','b':'b','wa':[0,5],'wb':[4,5],'ratio':2}]}");
	joints = fixture->scene->joints;
	assert_true(joints[0].rest == 5 && joints[1].rest == -0.25 && joints[2].phase == -1);
	assert_true(joints[3].rest == 2 + 2 * 5);
	assert_false(joints[0].collide);
}

/* ---------------------------------------------------------------- what it may not be */

struct refusal {
	const char *json, *pointer, *fragment;
};

#define ONE_BODY(members) "{'bodies':[{'id':'a'," members "}]}"
#define ONE_SHAPE(members) ONE_BODY("'mass':1,'shapes':[{" members "}]")
#define TWO_BODIES                                                                                                     \
	"'bodies':[{'id':'a','mass':1,'moment':1},{'id':'b','mass':1,'pos':[1,0],'moment':1},{'id':'s','type':'"       \
	"static'}]"
#define ONE_JOINT(members) "{" TWO_BODIES ",'joints':[{'id':'j'," members "}]}"

static const struct refusal refusals[] = {
	{"", "", "not well-formed"},
	{"[]", "", "must be an object"},
	{"{'bodies':[{'id':'a','mass':1e999}]}", "", "too large (line 1"},
	{"{'bodies':[],'bodies':[]}", "", "a member twice"},
	{"[[[[[[[[[[[[[]]]]]]]]]]]]]", "", "more than 12 levels"},
	{"{}", "/bodies", "is required"},
	{"{'bodies':[],'v':2}", "/v", "must be 1"},
	{"{'bodies':[],'colour':1}", "/colour", "is not a member of a scene"},
	{"{'bodies':[],'a~/b':1}", "/a~0~1b", "is not a member"},
	{"{'bodies':[],'solver':{'fps':60.5}}", "/solver/fps", "60.5 is not a whole number"},
	{"{'bodies':[],'solver':{'fps':9}}", "/solver/fps", "9 is below 10 1/s (FPS_MIN)"},
	{"{'bodies':[],'solver':{'duration':121}}", "/solver/duration", "121 is above 120 s (DURATION_MAX)"},
	{"{'bodies':[],'solver':{'iterations':2147483647}}", "/solver/iterations", "ITERATIONS_MAX: a step takes time"},
	{"{'bodies':[],'solver':{'mode':'fast'}}", "/solver/mode", "must be one of: auto, precise, rigid"},
	{"{'bodies':[],'gravity':[0,0,0]}", "/gravity", "must be two numbers"},
	{ONE_BODY("'mass':0"), "/bodies/0/mass", "0 is below 1e-06 kg (MASS_MIN)"},
	{ONE_BODY("'mass':-1"), "/bodies/0/mass", "-1 is below"},
	{ONE_BODY("'mass':'1'"), "/bodies/0/mass", "must be a number"},
	{ONE_BODY("'mass':1,'moment':0"), "/bodies/0/moment", "MOMENT_MIN"},
	{ONE_BODY("'mass':1,'pos':[1e6,0]"), "/bodies/0/pos", "1000000 is above 100000 m (POSITION_MAX"},
	{ONE_BODY("'mass':1,'vel':[0,-1e308]"), "/bodies/0/vel", "VELOCITY_MAX"},
	{ONE_BODY("'mass':1,'omega':1e5"), "/bodies/0/omega", "TURN_MAX"},
	{ONE_BODY("'type':'static','mass':1"), "/bodies/0/mass", "is not a member of a static"},
	{ONE_BODY("'type':'ghost'"), "/bodies/0/type", "static, kinematic, dynamic"},
	{"{'bodies':[{'id':'a','mass':1},{'id':'a','mass':1}]}", "/bodies/1/id", "is the id of another one"},
	{"{'bodies':[{'id':'world','mass':1}]}", "/bodies/0/id", "is what does not move"},
	{"{'bodies':[{'id':'a b','mass':1}]}", "/bodies/0/id", "must be a name"},
	{ONE_SHAPE("'kind':'circle','r':-1"), "/bodies/0/shapes/0/r", "-1 is below 0.001 m (SIZE_MIN"},
	{ONE_SHAPE("'kind':'circle','r':1,'elasticity':2"), "/bodies/0/shapes/0/elasticity", "ELASTICITY_MAX"},
	{ONE_SHAPE("'kind':'circle','r':1,'friction':1e300"), "/bodies/0/shapes/0/friction", "1e+300 is above 10"},
	{ONE_SHAPE("'kind':'circle','r':1,'mat':'ice'"), "/bodies/0/shapes/0/mat", "there is no material"},
	{ONE_SHAPE("'kind':'circle','r':1,'w':1"), "/bodies/0/shapes/0/w", "is not a member of a circle"},
	{ONE_SHAPE("'kind':'poly','pts':[[0,0],[1,0]]"), "/bodies/0/shapes/0/pts", "3 to 16 points"},
	{ONE_SHAPE("'kind':'poly','pts':[[0,0],[0,1],[1,0]]"), "/bodies/0/shapes/0/pts", "clockwise"},
	{ONE_SHAPE("'kind':'poly','pts':[[0,0],[1,0],[2,0],[1,1]]"), "/bodies/0/shapes/0/pts/2", "no three in a line"},
	{ONE_SHAPE("'kind':'poly','pts':[[0,0],[2,0],[1,0.5],[2,2]]"), "/bodies/0/shapes/0/pts/3", "left of the edge"},
	{ONE_SHAPE("'kind':'poly','pts':[[0,0],[1,0],[1,0],[1,1]]"), "/bodies/0/shapes/0/pts/2", "left of the edge"},
	{ONE_SHAPE("'kind':'poly','pts':[[0,0],[1e-5,0],[0,1e-5]]"), "/bodies/0/shapes/0/pts", "AREA_MIN"},
	{ONE_SHAPE("'kind':'poly','pts':[[-0.5,-0.8],[0,1],[0.5,-0.8],[-0.8,0.3],[0.8,0.3]]"), "/bodies/0/shapes/0/pts",
         "clockwise"},
	{ONE_SHAPE("'kind':'poly','pts':[[0.5,-0.8],[0,1],[-0.5,-0.8],[0.8,0.3],[-0.8,0.3]]"),
         "/bodies/0/shapes/0/pts/3", "left of the edge"},
	{ONE_SHAPE("'kind':'segment','a':[1,1],'b':[1,1]"), "/bodies/0/shapes/0/b", "0 is below 0.001 m"},
	{ONE_SHAPE("'kind':'circle','r':1,'at':[1,0]"), "/bodies/0/shapes", "centre of mass is at [1, 0]"},
	{ONE_SHAPE("'kind':'compound','shapes':[{'kind':'compound','shapes':[]}]"), "/bodies/0/shapes/0/shapes/0",
         "of shapes that are none"},
	{ONE_JOINT("'kind':'pin','a':'a','b':'x'"), "/joints/0/b", "there is no body \"x\""},
	{ONE_JOINT("'kind':'pin','a':'world','b':'world'"), "/joints/0", "joins the world to itself"},
	{ONE_JOINT("'kind':'pin','a':'a','b':'a'"), "/joints/0", "joins a body to itself"},
	{ONE_JOINT("'kind':'pin','a':'world','b':'s'"), "/joints/0", "neither of its bodies is dynamic"},
	{ONE_JOINT("'kind':'pin','a':'a','b':'b','pa':[1,0]"), "/joints/0", "PIN_LENGTH_MIN"},
	{ONE_JOINT("'kind':'pin','a':'a','b':'b','k':1"), "/joints/0/k", "is not a member of a pin"},
	{ONE_JOINT("'kind':'pivot','a':'a','b':'b'"), "/joints/0", "its anchors are apart by 1"},
	{ONE_JOINT("'kind':'groove','a':'a','b':'b','ga':[0,1],'gb':[2,1]"), "/joints/0/pb", "off the groove by 1"},
	{ONE_JOINT("'kind':'groove','a':'a','b':'b','ga':[1,0],'gb':[1,0]"), "/joints/0/gb", "SIZE_MIN"},
	{ONE_JOINT("'kind':'slide','a':'a','b':'b','max':0.5"), "/joints/0", "out of its range by 0.5"},
	{ONE_JOINT("'kind':'slide','a':'a','b':'b','min':3,'max':2"), "/joints/0/min", "is above max"},
	{ONE_JOINT("'kind':'rotary_limit','a':'a','b':'b','min':1,'max':2"), "/joints/0", "out of its range by 1"},
	{ONE_JOINT("'kind':'gear','a':'a','b':'b','ratio':0"), "/joints/0/ratio", "RATIO_MIN"},
	{ONE_JOINT("'kind':'gear','a':'a','b':'b','ratio':1,'phase':1"), "/joints/0/phase", "is missed by 1"},
	{ONE_JOINT("'kind':'pulley','a':'a','b':'b','wa':[0,0],'wb':[1,1]"), "/joints/0/wa", "PIN_LENGTH_MIN"},
	{ONE_JOINT("'kind':'pulley','a':'a','b':'b','wa':[0,1],'wb':[1,1],'rest':3"), "/joints/0/rest", "not the rope"},
	{"{'bodies':[{'id':'a','mass':1}],'joints':[{'id':'j','kind':'motor','a':'world','b':'a','rate':1}]}",
         "/joints/0", "can turn"},
	{"{'bodies':[{'id':'a','mass':1}],'fields':[{'kind':'drive','f':[1,0],'omega':1}]}", "/fields/0/body",
         "is required"},
	{"{'bodies':[{'id':'a','type':'static'}],'fields':[{'kind':'drag','body':'a'}]}", "/fields/0/body",
         "is not dynamic"},
	{"{'bodies':[{'id':'a','mass':1}],'events':[{'t':11,'do':'velocity','body':'a','vel':[0,0]}]}", "/events/0/t",
         "11 s is after the end, 10 s"},
	{"{'bodies':[{'id':'a','mass':1}],'events':[{'t':1,'do':'cut','joint':'a'}]}", "/events/0/joint",
         "there is no joint"},
	{"{'bodies':[],'measure':[{'id':'m','kind':'max','of':'m'}]}", "/measure/0/of", "before this one"},
	{"{'bodies':[{'id':'a','mass':1}],'measure':[{'id':'T','kind':'period','body':'a','axis':'x'},"
         "{'id':'m','kind':'max','of':'T'}]}",
         "/measure/1/of", "has one value"},
	{"{'bodies':[{'id':'a','mass':1}],'measure':[{'id':'T','kind':'period','body':'a','axis':'magnitude'}]}",
         "/measure/0/axis", "x, y, angle"},
	{"{'bodies':[],'measure':[{'id':'E','kind':'energy'}],'expect':[{'measure':'E','formula':'system'}]}",
         "/expect/0/formula", "is not the name"},
	{"{'bodies':[],'measure':[{'id':'E','kind':'energy'}],'expect':[{'measure':'E','formula':'constant',"
         "'args':{'value':'$x'},'tol_abs':1}]}",
         "/expect/0/args/value", "must be a number, or"},
	{"{'bodies':[],'measure':[{'id':'E','kind':'energy'}],'expect':[{'measure':'E','formula':'constant',"
         "'args':{'value':1}}]}",
         "/expect/0", "needs a tolerance"},
	{"{'bodies':[],'params':{'x':{'path':'/bodies/0/mass','min':0,'max':1}}}", "/params/x/path",
         "there is no number"},
	{"{'bodies':[],'gravity':[0,1],'params':{'x':{'path':'/gravity/1','min':0,'max':1},"
         "'y':{'path':['/gravity/0','/gravity/1'],'min':0,'max':1}}}",
         "/params/y/path/1", "another parameter"},
	{"{'bodies':[],'params':{'x':{'path':'/params/x/min','min':0,'max':1}}}", "/params/x/path",
         "there is no number"},
	{"{'bodies':[{'id':'a','mass':1,'shapes':[{'kind':'box','w':1,'h':1}]},{'id':'b','mass':1,'shapes':"
         "[{'kind':'box','w':1,'h':1}]}]}",
         "/bodies/1/shapes/0", "has the same centre as /bodies/0/shapes/0"},
	{"{'solver':{'mode':'rigid'},'bodies':[{'id':'a','mass':1,'pos':[1,0]}],'joints':[{'id':'j','kind':'spring',"
         "'a':'world','b':'a','k':1e9}]}",
         "/joints/0", "PHASE_STEP_MAX"},
	{"{'bodies':[{'id':'a','mass':1e-3,'pos':[0,1],'shapes':[{'kind':'box','w':1,'h':1}]},{'id':'b','mass':10,'pos'"
         ":"
         "[0,2],'shapes':[{'kind':'box','w':1,'h':1}]}]}",
         "/bodies/1", "masses that touch at the start are as 1 to 1e+04"},
	{"{'solver':{'duration':120,'fps':240,'substeps':64},'bodies':[{'id':'a','mass':1},{'id':'b','mass':1},"
         "{'id':'c','mass':1}]}",
         "/solver", "BODY_STEPS_MAX"},
};

static void each_refusal_says_what_where_and_why(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < array_count(refusals); i++) {
		enum status status = read_scene(fixture, refusals[i].json);

		if (status == STATUS_OK
		    || !tells(&fixture->report.refusals, refusals[i].pointer, refusals[i].fragment)) {
			print_refusals(fixture);
			fail_msg("%s: expected at \"%s\": %s", refusals[i].json, refusals[i].pointer,
			         refusals[i].fragment);
		}
		assert_null(fixture->scene);
	}
}

static void several_mistakes_are_told_at_once(void **state)
{
	struct fixture *fixture = *state;

	read_scene(fixture, "{'bodies':[{'id':'a','mass':0},{'id':'b','mass':1,'pos':1}],'gravity':3}");
	assert_true(tells(&fixture->report.refusals, "/bodies/0/mass", "MASS_MIN"));
	assert_true(tells(&fixture->report.refusals, "/bodies/1/pos", "two numbers"));
	assert_true(tells(&fixture->report.refusals, "/gravity", "two numbers"));
}

/* ---------------------------------------------------------------- sizes */

static const char *many_bodies(uint32_t count, const char *more, double distance)
{
	struct buffer json = {0};

	buffer_append_text(&json, TEXT("{\"solver\":{\"duration\":1},\"bodies\":["));
	for (uint32_t i = 0; i < count; i++)
		buffer_format(&json, "%s{\"id\":\"b%u\",\"mass\":1,\"pos\":[%g,%g]%s}", i ? "," : "", i, distance * i,
		              distance * (i % 7), more);
	buffer_format(&json, "]}%c", 0);
	return (const char *)json.data;
}

static void teachers_may_have_more_bodies_than_learners(void **state)
{
	struct fixture      *fixture = *state;
	const char          *json = many_bodies(301, "", 1);
	struct scene_options options = {.audience = SCENE_TEACHER};

	assert_int_equal(read_scene(fixture, json), STATUS_INVALID);
	assert_true(tells(&fixture->report.refusals, "/bodies", "301 are more than 300 (BODIES_MAX)"));
	assert_int_equal(read_with(fixture, json, &options), STATUS_OK);
	free((void *)json);
}

static void a_heap_in_one_place_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const char     *json = many_bodies(300, ",\"shapes\":[{\"kind\":\"circle\",\"r\":1}]", 0.001);

	assert_int_equal(read_scene(fixture, json), STATUS_INVALID);
	assert_true(tells(&fixture->report.refusals, "/bodies", "more than 2656 pairs"));
	free((void *)json);
}

static void a_scene_of_too_many_bytes_is_refused_unread(void **state)
{
	struct fixture *fixture = *state;
	char           *json = malloc(262146);

	memset(json, ' ', 262145);
	json[262145] = 0;
	assert_int_equal(read_scene(fixture, json), STATUS_TOO_LARGE);
	assert_true(tells(&fixture->report.refusals, "", "262144 bytes"));
	free(json);
}

/* ---------------------------------------------------------------- what is only doubtful */

static void a_stiff_spring_gets_more_steps_and_a_warning(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture, "{'solver':{'mode':'rigid','substeps':1},'bodies':[{'id':'a','mass':1,'pos':[1,0]}],"
	                      "'joints':[{'id':'j','kind':'spring','a':'world','b':'a','k':40000}]}");
	/* sqrt(40000) = 200 rad/s; at 60 fps 7 steps make 0.476 rad each. */
	assert_int_equal(fixture->scene->solver.substeps, 7);
	assert_true(tells(&fixture->report.warnings, "/joints/0", "7 steps a frame instead of 1"));
}

static void doubtful_scenes_are_warned_of(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture, "{'solver':{'mode':'rigid'},'bodies':[{'id':'a','mass':1,'vel':[1000,0],'shapes':"
	                      "[{'kind':'circle','r':0.05}]},{'id':'wall','type':'static','pos':[9,0],'shapes':"
	                      "[{'kind':'box','w':0.02,'h':5}]}]}");
	assert_true(tells(&fixture->report.warnings, "/bodies/0", "may_tunnel"));
	assert_scene(fixture, "{'bodies':[{'id':'a','mass':1,'pos':[0,0.4],'shapes':[{'kind':'circle','r':0.5}]},"
	                      "{'id':'floor','type':'static','shapes':[{'kind':'segment','a':[-5,0],'b':[5,0]}]}]}");
	assert_true(tells(&fixture->report.warnings, "/bodies/1/shapes/0", "overlaps /bodies/0/shapes/0 by 0.1 m"));
	assert_scene(fixture,
	             "{'solver':{'mode':'rigid'},'bodies':[{'id':'a','mass':1,'shapes':[{'kind':'circle','r':0.1,"
	             "'elasticity':1}]},{'id':'b','mass':1,'pos':[0.2,0],'shapes':[{'kind':'circle','r':0.1,"
	             "'elasticity':1}]}]}");
	assert_true(tells(&fixture->report.warnings, "/bodies/1/shapes/0", "1 such pairs are set 0.0001 m apart"));
	assert_scene(fixture,
	             "{'solver':{'mode':'rigid'},'bodies':[{'id':'a','mass':1,'pos':[0,1]},{'id':'b','mass':200,"
	             "'pos':[0,2]}],'joints':[{'id':'j','kind':'pin','a':'a','b':'b'}]}");
	assert_true(tells(&fixture->report.warnings, "/bodies/0", "in one chain of joints are as 1 to 200"));
}

static void shapes_that_only_touch_draw_no_warning(void **state)
{
	struct fixture *fixture = *state;

	assert_scene(fixture,
	             "{'bodies':[{'id':'a','mass':1,'pos':[0,0.5],'shapes':[{'kind':'box','w':1,'h':1}]},"
	             "{'id':'b','mass':1,'pos':[0.99,1.45],'angle':0.7853981633974483,'shapes':[{'kind':'box','w':1,"
	             "'h':1}]},{'id':'floor','type':'static','shapes':[{'kind':'segment','a':[-5,0],'b':[5,0]}]}]}");
	assert_int_equal(fixture->report.warnings.count, 0);
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
		cmocka_unit_test(the_pendulum_of_the_contract_is_a_scene),
		cmocka_unit_test(a_parameter_turns_its_number_and_the_formulas_argument),
		cmocka_unit_test(a_tree_is_compiled_again_with_another_value),
		cmocka_unit_test(what_is_left_out_is_the_usual),
		cmocka_unit_test(a_point_may_be_told_by_distance_and_angle),
		cmocka_unit_test(zeroes_have_no_sign_and_denormals_are_zero),
		cmocka_unit_test(boxes_and_compounds_become_polygons_and_shapes_in_their_place),
		cmocka_unit_test(moments_are_those_of_the_textbook),
		cmocka_unit_test(a_short_capsule_turns_like_a_disc),
		cmocka_unit_test(events_are_in_order_of_time_and_those_of_one_time_as_given),
		cmocka_unit_test(joints_take_from_the_start_what_they_leave_out),
		cmocka_unit_test(each_refusal_says_what_where_and_why),
		cmocka_unit_test(several_mistakes_are_told_at_once),
		cmocka_unit_test(teachers_may_have_more_bodies_than_learners),
		cmocka_unit_test(a_heap_in_one_place_is_refused),
		cmocka_unit_test(a_scene_of_too_many_bytes_is_refused_unread),
		cmocka_unit_test(a_stiff_spring_gets_more_steps_and_a_warning),
		cmocka_unit_test(doubtful_scenes_are_warned_of),
		cmocka_unit_test(shapes_that_only_touch_draw_no_warning),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

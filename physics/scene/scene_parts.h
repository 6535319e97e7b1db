/* What the files that make a scene from JSON share:
 *
 *   scene_read.c      the whole: parts in their order, references, parameters
 *   scene_parameter.c the numbers that may be turned
 *   scene_table.c     one object's members, by physics/scene/scene_member.def
 *   scene_shape.c     outlines to shapes, moments
 *   scene_start.c     what holds when time begins: joints are closed
 *   scene_overlap.c   and nothing is in the same place
 *   scene_structure.c what a scene from bytes must be
 *   scene_bound.c     whether the solver can follow: stiffness, masses, steps
 *
 * Reading goes on after a mistake where it can, so that an author hears of several at once. */
#ifndef ORRERY_PHYSICS_SCENE_PARTS_H
#define ORRERY_PHYSICS_SCENE_PARTS_H

#include "eventstore/base/map.h"
#include "eventstore/codec/json_value.h"
#include "physics/scene/scene.h"

enum { SCENE_NAME_SIZE_MAX = MAP_KEY_SIZE_MAX, SCENE_TITLE_POINTS_MAX = 200 };

/* The kinds of objects that a scene is written with. */
enum scene_part {
	PART_scene,
	PART_solver,
	PART_material,
	PART_body,
	PART_outline,
	PART_joint,
	PART_field,
	PART_event,
	PART_measure,
	PART_parameter,
	PART_expectation,
	PART_polar,
};

enum outline_kind { OUTLINE_CIRCLE = 1, OUTLINE_BOX, OUTLINE_SEGMENT, OUTLINE_POLYGON, OUTLINE_COMPOUND };

struct scene_material {
	struct text name;
	double      friction, elasticity;
};

/* A shape as its author wrote it. */
struct scene_outline {
	enum outline_kind kind;
	double            radius, width, height;
	struct vector     at, a, b;
	double            angle;
	struct text       material;
	double            friction, elasticity; /* NaN: the material's */
	bool              touches;
};

/* Where another point is seen from a first: x = from + r cos(axis + angle). */
struct scene_polar {
	double        radius, angle, axis;
	struct vector from;
};

/* Names of one kind, and their index. */
struct scene_names {
	struct map  by_name; /* keys: the name, filled up with zeroes */
	const char *noun;
};

struct scene_reading {
	struct arena               *arena;
	const struct scene_options *options;
	struct scene_report        *report;
	uint32_t                    faults; /* those too that were not kept */
	struct json_value          *json;
	struct scene               *scene;
	struct scene_names          bodies, joints, measures;
	/* The same arrays as the scene's, while they are filled. */
	struct scene_body     *body_rows;
	struct scene_shape    *shape_rows;
	struct vector         *point_rows;
	struct scene_joint    *joint_rows;
	struct scene_material *material_rows;
	uint32_t               material_count;
	struct text           *shape_pointers;
	/* Of the dynamic bodies that touch at the start, the two whose masses differ most; 0 when there are none. */
	double      contact_ratio;
	struct text contact_pointer;
};

/* ---- complaints ---- */

void scene_refuse(struct scene_reading *reading, struct text pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void scene_warn(struct scene_reading *reading, struct text pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As people and JSON write it, NUL-terminated. */
const char *scene_number(struct scene_reading *reading, double value);

struct text scene_below(struct scene_reading *reading, struct text pointer, const char *name);
struct text scene_item(struct scene_reading *reading, struct text pointer, uint32_t index);

/* "is above 120 s (DURATION_MAX: …)": refused, with the value in front; false. */
bool scene_within(struct scene_reading *reading, struct text pointer, double value, enum limit least, enum limit most);
double scene_limit(const struct scene_reading *reading, enum limit limit);

/* ---- scene_table.c ---- */

/* Fills the struct of this part by its rows; what it lacks, has too much or out of bounds is refused. False when
 * anything was. */
bool scene_members(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                   enum scene_part part, void *target);

/* The same of a part whose members depend on its kind, a word in `kind_name`; the kind goes to *kind, 0 where it is
 * none. An optional one that is missing is `usual`. */
struct scene_kind {
	enum scene_part part;
	const char     *name;
	uint32_t        usual; /* 0: it must be there */
};
bool scene_kinds(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                 const struct scene_kind *kind, uint32_t *out, void *target);

bool        scene_read_point(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                             enum limit most, struct vector *out);
bool        scene_read_name(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                            struct text *out);
const char *scene_word(enum scene_part part, uint32_t kind);

/* A number without a sign at zero and without denormals, which cost a hundred times as much. */
double scene_settle(double value);

/* ---- scene_read.c ---- */

/* The scene's member of this name, whose own members are parts by name; an empty one where it is missing or refused. */
const struct json_value *scene_table_of(struct scene_reading *reading, const char *name, enum limit most);

/* Refused when there is one already. */
bool scene_name_add(struct scene_reading *reading, struct scene_names *names, struct text name, uint32_t index,
                    struct text pointer);
bool scene_name_find(struct scene_reading *reading, const struct scene_names *names, struct text name,
                     struct text pointer, uint32_t *out);

/* ---- the rest ---- */

/* Room for all shapes of all bodies; false when there are too many. Then each body's, and its moment. */
bool scene_shapes_prepare(struct scene_reading *reading, const struct json_value *bodies);
void scene_shapes(struct scene_reading *reading, const struct json_value *body, struct text pointer, uint32_t index);

/* What does not hold together in a scene; absent when it does. */
struct text scene_structure(const struct scene *scene, struct arena *arena);

/* Reads the parameters and puts their values into the JSON. */
void scene_parameters(struct scene_reading *reading);

void scene_check_start(struct scene_reading *reading);
void scene_check_overlaps(struct scene_reading *reading);
void scene_check_bounds(struct scene_reading *reading);

#endif

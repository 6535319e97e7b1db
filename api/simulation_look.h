/* A look at a scene before a wish about it is sent: on a worker thread, since the largest take milliseconds. What a
 * scene must be is said by physics/scene/scene.h; what is wrong with it goes to its author with where and why. */
#ifndef ORRERY_SIMULATION_LOOK_H
#define ORRERY_SIMULATION_LOOK_H

#include "api/exchange.h"
#include "physics/scene/posed.h"
#include "schema/commands.h"

enum { SCENE_BODY_BYTES_MAX = 300 * 1024, LOOK_SETTINGS_MAX = 32, SWEEP_MEASURES_MAX = 4 };

/* What is looked at and what was seen; lives in exchange->own. */
struct scene_look {
	struct text json;
	struct pose pose;
	const char *member; /* where the scene lies in the request's body, "/document"; "" when it is not there */
	struct posed_scene  posed;
	struct scene_report report;
	struct bytes        packed;
	uint32_t            mode; /* enum simulation_mode */
	struct text         reason;
};

/* The look itself, for who is on a worker thread already. */
enum status simulation_look_at(struct scene_look *look, struct arena *arena) MUST_USE;

/* Steps that look at the JSON in exchange->own, and answer when it is no scene: 422 with the complaints. */
enum pace simulation_look(struct exchange *exchange);
enum pace simulation_look_judge(struct exchange *exchange);

/* The same where the look must not end the exchange: the report says what it is. */
enum pace simulation_look_report(struct exchange *exchange);

/* One more refusal, of what is asked beside the scene. */
void simulation_look_complain(struct scene_look *look, struct text pointer, const char *sentence);

/* With somebody's values; at most LOOK_SETTINGS_MAX, as the schema has it. */
void simulation_look_set(struct exchange *exchange, struct scene_look *look,
                         const struct list_of_parameter_setting *settings);

/* Who asks: teachers have larger scenes. */
enum scene_audience simulation_audience(const struct exchange *exchange);

/* ---- a scene that is kept: steps behind those of api/simulation_access.h ---- */

/* The version of the simulation, the latest where `version` is 0. */
enum pace simulation_scene_ask(struct exchange *exchange, struct id simulation, uint32_t version);

/* What that brought. */
struct kept_scene {
	uint32_t    version, latest;
	struct text packed; /* base64 */
	struct hash hash;
	uint32_t    mode; /* enum simulation_mode */
};

/* DONE: it answered that there is no such version. */
enum pace simulation_scene_take(struct exchange *exchange, struct kept_scene *out);

#endif

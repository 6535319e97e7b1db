#include "physics/precise/precise.h"

#include "physics/vector.h"

/* The classical Runge-Kutta method of fourth order, once over a step and twice over its halves. The difference tells
 * the error, and 1/15 of it, added, takes the leading term away (Richardson's extrapolation; Hairer, Nørsett and
 * Wanner, Solving Ordinary Differential Equations I, section II.4). Steps are the span, from one happening to the next
 * frame, divided by powers of two. */

enum { LEVEL_MAX = 26, STEPS_MAX = 100000, SEARCHES_MAX = 80, GUESSES = 40 };

/* A gap this small is 0, as a share of the scene's scale: rounding. */
#define FOUND 1e-15

/* A step this much better than it must be may be doubled: the error falls by 32 with half the step. */
#define EASY 0.02

struct span {
	double   start_s, length_s;
	uint32_t done; /* of 2^LEVEL_MAX */
	uint32_t level;
};

static double span_step(const struct span *span)
{
	return ldexp(span->length_s, -(int)span->level);
}

static double span_time(const struct span *span)
{
	return span->start_s + span->length_s * ldexp(span->done, -LEVEL_MAX);
}

static bool span_over(const struct span *span)
{
	return span->done == (uint32_t)1 << LEVEL_MAX;
}

static struct span span_begin(double start_s, double end_s, double step_s)
{
	struct span span = {.start_s = start_s, .length_s = end_s - start_s};

	while (span_step(&span) > step_s && span.level < LEVEL_MAX)
		span.level++;
	return span;
}

/* ---------------------------------------------------------------- a step */

static void add_rate(struct body_state *to, double h, const struct body_state *at, const struct acceleration *rate)
{
	to->position.x += h * at->velocity.x;
	to->position.y += h * at->velocity.y;
	to->angle += h * at->angular_velocity;
	to->velocity.x += h * rate->x;
	to->velocity.y += h * rate->y;
	to->angular_velocity += h * rate->angle;
}

/* Adds a stage's part to the sum, and makes the next stage out of it. */
static void take_stage(struct solver *solver, const struct body_state *from, const struct body_state *at,
                       const struct acceleration *rate, const double parts[2], struct body_state *to)
{
	for (uint32_t i = 0; i < solver->world; i++) {
		struct body_state next = from[i];

		add_rate(&to[i], parts[0], &at[i], &rate[i]);
		add_rate(&next, parts[1], &at[i], &rate[i]);
		solver->stage[i] = next;
	}
}

static void runge_kutta(struct solver *solver, const struct body_state *from, double time_s, double h,
                        const struct acceleration *first, struct body_state *to)
{
	memcpy(to, from, (solver->world + 1) * sizeof(*to));
	take_stage(solver, from, from, first, (double[2]){h / 6, h / 2}, to);
	motion_accelerate(solver, solver->stage, time_s + h / 2, solver->rate);
	take_stage(solver, from, solver->stage, solver->rate, (double[2]){h / 3, h / 2}, to);
	motion_accelerate(solver, solver->stage, time_s + h / 2, solver->rate);
	take_stage(solver, from, solver->stage, solver->rate, (double[2]){h / 3, h}, to);
	motion_accelerate(solver, solver->stage, time_s + h, solver->rate);
	take_stage(solver, from, solver->stage, solver->rate, (double[2]){h / 6, 0}, to);
}

/* Adds 1/15 of what b has more than a, and tells how much that was, in m or rad. */
static double extrapolate(const struct body_state *a, struct body_state *b, double h)
{
	struct body_state d = {
		.position = vector_subtract(b->position, a->position),
		.velocity = vector_subtract(b->velocity, a->velocity),
		.angle = b->angle - a->angle,
		.angular_velocity = b->angular_velocity - a->angular_velocity,
	};
	double place = fmax(fmax(fabs(d.position.x), fabs(d.position.y)), fabs(d.angle));
	double speed = fmax(fmax(fabs(d.velocity.x), fabs(d.velocity.y)), fabs(d.angular_velocity));

	b->position = vector_add(b->position, vector_scale(d.position, 1.0 / 15));
	b->velocity = vector_add(b->velocity, vector_scale(d.velocity, 1.0 / 15));
	b->angle += d.angle / 15;
	b->angular_velocity += d.angular_velocity / 15;
	/* What is not finite must not be lost in a maximum. */
	return fmax(place, h * speed)
	       + 0
	                 * (place + speed + d.position.x + d.position.y + d.angle + d.velocity.x + d.velocity.y
	                    + d.angular_velocity);
}

/* From the state, by h, into `tried`; the error, NaN when the numbers ran away. Needs `first`. */
static double try_step(struct solver *solver, double h)
{
	double error = 0;

	runge_kutta(solver, solver->state, solver->time_s, h, solver->first, solver->whole);
	runge_kutta(solver, solver->state, solver->time_s, h / 2, solver->first, solver->half);
	motion_accelerate(solver, solver->half, solver->time_s + h / 2, solver->middle);
	runge_kutta(solver, solver->half, solver->time_s + h / 2, h / 2, solver->middle, solver->tried);
	for (uint32_t i = 0; i < solver->world; i++) {
		double of_body = extrapolate(&solver->whole[i], &solver->tried[i], h);

		error = of_body <= error ? error : of_body;
		if (isnan(of_body))
			return NAN;
	}
	solver->mended = motion_project(solver, solver->tried, true);
	return error;
}

/* ---------------------------------------------------------------- what may happen in a step */

/* Between two readings that are both above 0, did the gap go below? By the cubic through both, of the squared distance,
 * which is exact for straight flight. */
static bool dips(const struct solver *solver, const struct stop *stop, double h)
{
	double r = stop->radius;
	double g0 = stop->now.gap * (stop->now.gap + 2 * r), g1 = stop->then.gap * (stop->then.gap + 2 * r);
	double m0 = 2 * h * (stop->now.gap + r) * stop->now.rate, m1 = 2 * h * (stop->then.gap + r) * stop->then.rate;
	double b = 3 * (g1 - g0) - 2 * m0 - m1, c = m0 + m1 - 2 * (g1 - g0), s;

	if (!stop_is_contact(stop) || !(m0 < 0 && m1 > 0))
		return false;
	s = -m0 / (b + sqrt(fmax(0, b * b - 3 * c * m0)));
	return stop_passed(solver, stop, (g0 + s * (m0 + s * (b + s * c))) / (2 * r));
}

/* Up and down again within the step: where in between it began to fall must be seen first. */
static bool leaps(const struct solver *solver, const struct stop *stop)
{
	return stop_touches(solver, stop) && stop->now.rate > 0 && stop_passed(solver, stop, stop->then.gap);
}

/* Reads all stops at the tried state, the forces of those that hold included. */
static void look_ahead(struct solver *solver, double h)
{
	bool hold = false;

	stops_skip(solver, h);
	for (uint32_t i = 0; i < solver->stop_count; i++)
		hold = hold || solver->stops[i].active;
	if (hold)
		motion_accelerate(solver, solver->tried, solver->time_s, solver->rate);
	else
		motion_rotate(solver, solver->tried);
	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		if (!stop->skipped && stop_is_free(solver, stop))
			stop->then = stop_read(solver, solver->tried, stop);
	}
}

/* Must the step be shorter, for what may have happened unseen? */
static bool too_long_for_stops(struct solver *solver, double h)
{
	if (solver->stop_count == 0)
		return false;
	look_ahead(solver, h);
	for (uint32_t i = 0; i < solver->stop_count; i++) {
		const struct stop *stop = &solver->stops[i];

		if (!stop->skipped && stop_is_free(solver, stop) && (dips(solver, stop, h) || leaps(solver, stop)))
			return true;
	}
	return false;
}

/* The force of a stop that holds, at the state that motion_accelerate saw last. */
static double force_of(const struct solver *solver, const struct stop *stop)
{
	uint32_t owner = solver->scene->joint_count + (uint32_t)(stop - solver->stops);

	for (uint32_t i = solver->row_count; i-- > 0;) {
		if (solver->row_owner[i] == owner)
			return solver->multipliers[i];
	}
	return 0;
}

/* What crosses 0 when something happens: the gap of a free stop, the force of one that holds. */
static double margin(struct solver *solver, const struct stop *stop)
{
	if (stop->active) {
		motion_accelerate(solver, solver->tried, solver->time_s, solver->rate);
		return force_of(solver, stop);
	}
	motion_rotate(solver, solver->tried);
	return stop_read(solver, solver->tried, stop).gap;
}

/* After look_ahead. */
static bool happens(const struct solver *solver, const struct stop *stop)
{
	if (stop->active)
		return force_of(solver, stop) < stops_pull(solver);
	return !stop->skipped && stop_is_free(solver, stop) && stop_passed(solver, stop, stop->then.gap);
}

/* Two moments between which the margin changes its sign, and what it is there. */
struct bracket {
	double a, b, fa, fb;
	int    kept; /* the end that the last round kept: -1 a, 1 b */
};

/* False position with the Illinois rule (Dowell and Jarratt, BIT 11, 1971): an end that stays twice counts half. */
static void narrow(struct bracket *bracket, double c, double fc)
{
	if ((fc < 0) == (bracket->fb < 0)) {
		bracket->b = c;
		bracket->fb = fc;
		bracket->fa *= bracket->kept == -1 ? 0.5 : 1;
		bracket->kept = -1;
	} else {
		bracket->a = c;
		bracket->fa = fc;
		bracket->fb *= bracket->kept == 1 ? 0.5 : 1;
		bracket->kept = 1;
	}
}

/* Where the cubic through both readings of a gap is 0, as a first guess, s. */
static double guess(const struct stop *stop, double h)
{
	double g0 = stop->now.gap, m0 = h * stop->now.rate, m1 = h * stop->then.rate;
	double rise = stop->then.gap - g0, a = 0, b = 1;

	for (int i = 0; i < GUESSES; i++) {
		double s = (a + b) / 2;

		if (g0 + s * (m0 + s * (3 * rise - 2 * m0 - m1 + s * (m0 + m1 - 2 * rise))) > 0)
			a = s;
		else
			b = s;
	}
	return h * b;
}

/* When the margin is 0, in seconds after the state; `tried` is of that moment afterwards. */
static double search(struct solver *solver, struct stop *stop, double h)
{
	struct bracket bracket = {.b = h, .fa = stop->active ? stop->force : stop->now.gap, .fb = margin(solver, stop)};
	double         near = stop->active ? 0 : FOUND * solver->scale_m;
	double         c = stop->active ? h / 2 : guess(stop, h), last = h;

	if (!(bracket.fa > 0)) {
		memcpy(solver->tried, solver->state, (solver->world + 1) * sizeof(*solver->tried));
		return 0;
	}
	for (int i = 0; i < SEARCHES_MAX; i++) {
		double fc;

		try_step(solver, c);
		fc = margin(solver, stop);
		if (fabs(fc) <= near || fabs(c - last) <= 1e-15 * h)
			break;
		narrow(&bracket, c, fc);
		last = c;
		c = bracket.b - bracket.fb * (bracket.b - bracket.a) / (bracket.fb - bracket.fa);
	}
	return c;
}

/* The first thing that happens within h; NULL when nothing does. */
static struct stop *first_happening(struct solver *solver, double *h)
{
	struct stop *first = NULL;

	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		if (!happens(solver, stop))
			continue;
		*h = search(solver, stop, *h);
		look_ahead(solver, *h);
		first = stop;
	}
	return first;
}

/* ---------------------------------------------------------------- stepping */

static bool astray(const struct solver *solver)
{
	for (uint32_t i = 0; i < solver->world; i++) {
		const struct body_state *body = &solver->state[i];

		if (!(fabs(body->position.x) < solver->place_max_m && fabs(body->position.y) < solver->place_max_m)
		    || !isfinite(body->velocity.x + body->velocity.y + body->angle + body->angular_velocity))
			return true;
	}
	return false;
}

static enum solver_fault accept(struct solver *solver, double time_s, double error)
{
	memcpy(solver->state, solver->tried, (solver->world + 1) * sizeof(*solver->state));
	solver->time_s = time_s;
	solver->quality.steps++;
	solver->quality.error_estimate += error;
	solver->quality.constraint_error_m = fmax(solver->quality.constraint_error_m, solver->violation);
	if (++solver->steps > STEPS_MAX)
		return SOLVER_STEP_TOO_SMALL;
	if (astray(solver))
		return SOLVER_DIVERGED;
	if (!solver->mended)
		return SOLVER_CONSTRAINTS;
	stops_follow(solver);
	return SOLVER_FINE;
}

static enum solver_fault let_happen(struct solver *solver, struct stop *stop)
{
	if (++solver->happenings > PRECISE_HAPPENINGS_MAX)
		return SOLVER_TOO_MANY_IMPACTS;
	stop->released = stop->active;
	stop->active = false;
	return stop->released ? SOLVER_FINE : impacts_resolve(solver);
}

/* The longest step from here on that keeps the tolerance and misses nothing. */
static enum solver_fault fit_step(struct solver *solver, struct span *span, double *error)
{
	double most = stops_step_max(solver);

	motion_accelerate(solver, solver->state, solver->time_s, solver->first);
	stops_take_forces(solver);
	while (span_step(span) > most && span->level < LEVEL_MAX)
		span->level++;
	for (;; span->level++) {
		*error = try_step(solver, span_step(span));
		if (*error <= solver->tolerance
		    && (!too_long_for_stops(solver, span_step(span)) || span->level == LEVEL_MAX))
			return SOLVER_FINE;
		if (span->level == LEVEL_MAX)
			return SOLVER_STEP_TOO_SMALL;
	}
}

static void go_on(struct span *span, bool easily)
{
	span->done += (uint32_t)1 << (LEVEL_MAX - span->level);
	if (easily && span->level > 0 && (span->done >> (LEVEL_MAX - span->level)) % 2 == 0)
		span->level--;
}

enum solver_fault step_until(struct solver *solver, double end_s)
{
	struct span       span = span_begin(solver->time_s, end_s, solver->step_s);
	enum solver_fault fault = SOLVER_FINE;

	while (!span_over(&span) && span.length_s > 0 && fault == SOLVER_FINE) {
		double       error, h;
		struct stop *stop;

		fault = fit_step(solver, &span, &error);
		if (fault != SOLVER_FINE)
			break;
		h = span_step(&span);
		stop = first_happening(solver, &h);
		if (stop) {
			fault = accept(solver, solver->time_s + h, error);
			fault = fault == SOLVER_FINE ? let_happen(solver, stop) : fault;
			span = span_begin(solver->time_s, end_s, solver->step_s);
		} else {
			go_on(&span, error <= EASY * solver->tolerance);
			solver->step_s = span_step(&span);
			fault = accept(solver, span_over(&span) ? end_s : span_time(&span), error);
		}
	}
	return fault;
}

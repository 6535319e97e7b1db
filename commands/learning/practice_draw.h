/* Which questions to practise. Pure: the same candidates, rules and seed draw the same questions, on every machine, for
 * good; so what stands in a practice_drawn event can be drawn again from it.
 *
 * Reviews that are due come first, those that are due longest before the others; they take at most half of the places
 * as long as there is something else. The other places go to what is expected to be answered rightly about as often as
 * is good for learning, chance deciding where several are as good. The Math Garden draws what learners get right in
 * three of four times (Klinkenberg, Straatemeier and Van der Maas, "Computer adaptive practice of Maths ability using a
 * new item response model for on the fly ability and difficulty estimation", Computers & Education 57, 2011); 0.85 is
 * where one who learns by gradients learns fastest (Wilson, Shenhav, Straccia and Cohen, "The Eighty Five Percent Rule
 * for optimal learning", Nature Communications 10:4646, 2019). Between the two no question is better than another.
 *
 * Two kinds are taken only where nothing else is left: what is not due yet, since spacing is what reviews are for, and
 * what is about a mastered objective. What was answered rightly a short while ago is not asked at all. */
#ifndef ORRERY_PRACTICE_DRAW_H
#define ORRERY_PRACTICE_DRAW_H

#include "schema/events.h"

enum {
	PRACTICE_CANDIDATES_MAX = 40,
	PRACTICE_QUESTIONS_MAX = 20,
	PRACTICE_QUESTIONS_USUAL = 10,
	PRACTICE_PPM = 1000000,
	PRACTICE_TARGET_LEAST_PPM = 750000,
	PRACTICE_TARGET_MOST_PPM = 850000,
	PRACTICE_WEAK_PPM = 700000,     /* below, an objective is weak: novice or developing, in words of mastery */
	PRACTICE_MASTERED_PPM = 950000, /* from here on, mastered */
	PRACTICE_REST_S = 24 * 3600,    /* a question rests so long after a right answer */
};

struct practice_rules {
	uint64_t seed;
	int64_t  drawn_at; /* µs */
	uint32_t count;    /* of questions wanted, PRACTICE_QUESTIONS_MAX at most */
	uint32_t target_least_ppm;
	uint32_t target_most_ppm;
	uint32_t rest_s;
	uint32_t slip_ppm;
	uint32_t facility_ppm; /* of the course's questions on the average */
};

/* The chance that the candidate will be answered rightly. Of what is due, that it is remembered. Else what knowledge
 * tracing says of the objective, known · (1 − slip) + (1 − known) · guess, shifted by how much easier than the average
 * the question is, as odds: as in the model of Rasch ("Probabilistic models for some intelligence and attainment
 * tests", 1960) ability and difficulty add up in logits. Whole numbers throughout, so that no rounding differs. */
uint32_t practice_expected_ppm(const struct practice_candidate *candidate, const struct practice_rules *rules);

/* Draws from `count` candidates, PRACTICE_CANDIDATES_MAX at most, into `picks`, which has room for rules->count;
 * answers how many: fewer than wanted where not enough may be asked. `places`, of the same length, gets each pick's
 * place among the candidates. */
uint32_t practice_draw(const struct practice_rules *rules, const struct practice_candidate *candidates, uint32_t count,
                       struct practice_pick *picks, uint32_t *places);

#endif

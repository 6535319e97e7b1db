/* Vectors of the plane, as values. */
#ifndef ORRERY_PHYSICS_VECTOR_H
#define ORRERY_PHYSICS_VECTOR_H

#include "physics/scene/scene.h"

#include <math.h>

static inline struct vector vector_add(struct vector a, struct vector b)
{
	return (struct vector){a.x + b.x, a.y + b.y};
}

static inline struct vector vector_subtract(struct vector a, struct vector b)
{
	return (struct vector){a.x - b.x, a.y - b.y};
}

static inline struct vector vector_scale(struct vector a, double factor)
{
	return (struct vector){a.x * factor, a.y * factor};
}

static inline double vector_dot(struct vector a, struct vector b)
{
	return a.x * b.x + a.y * b.y;
}

/* The component out of the plane. */
static inline double vector_cross(struct vector a, struct vector b)
{
	return a.x * b.y - a.y * b.x;
}

/* Turned by a right angle, counter-clockwise. */
static inline struct vector vector_turn(struct vector a)
{
	return (struct vector){-a.y, a.x};
}

/* The scene's bounds keep the squares far from overflow. */
static inline double vector_length(struct vector a)
{
	return sqrt(a.x * a.x + a.y * a.y);
}

/* By an angle whose cosine and sine are rotation.x and rotation.y. */
static inline struct vector vector_rotate(struct vector a, struct vector rotation)
{
	return (struct vector){a.x * rotation.x - a.y * rotation.y, a.x * rotation.y + a.y * rotation.x};
}

#endif

/* Doubly linked lists through a link in the owner's struct; the owner is found by container_of. */
#ifndef ORRERY_LIST_H
#define ORRERY_LIST_H

#include "eventstore/base/bytes.h"

struct list_link {
	struct list_link *next, *previous;
};

static inline void list_init(struct list_link *list)
{
	list->next = list->previous = list;
}

static inline bool list_empty(const struct list_link *list)
{
	return list->next == list;
}

/* At the end. */
static inline void list_append(struct list_link *list, struct list_link *link)
{
	link->next = list;
	link->previous = list->previous;
	list->previous->next = link;
	list->previous = link;
}

/* A removed link points to itself, so that removing it again does nothing. */
static inline void list_remove(struct list_link *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
	list_init(link);
}

/* Everything of `from` at the end, in its order; `from` is empty then. */
static inline void list_append_all(struct list_link *list, struct list_link *from)
{
	if (list_empty(from))
		return;
	from->next->previous = list->previous;
	list->previous->next = from->next;
	from->previous->next = list;
	list->previous = from->previous;
	list_init(from);
}

/* The member at hand may be removed meanwhile, its successor may not. */
#define list_each_safe(item, after, list, member)                                                                      \
	for ((item) = container_of((list)->next, __typeof__(*(item)), member),                                         \
	    (after) = container_of((item)->member.next, __typeof__(*(item)), member);                                  \
	     &(item)->member != (list);                                                                                \
	     (item) = (after), (after) = container_of((item)->member.next, __typeof__(*(item)), member))

#endif

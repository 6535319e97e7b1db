/* A scene that a viewer sent, read on a worker thread: it takes milliseconds that the loop has not got. */
#ifndef ORRERY_STREAM_POSING_H
#define ORRERY_STREAM_POSING_H

#include "api/service.h"
#include "api/stream/words.h"

struct posing {
	struct arena        arena; /* of all below */
	struct stream_word  word;
	struct posed_scene  posed;
	struct scene_report report;
	enum status         status; /* BUSY: the pool was too full, or ends */
	void (*on_posed)(struct posing *posing);
	void *owner;
	/* Its own. */
	enum scene_audience audience;
	struct work         work;
	struct lane        *lane;
	struct http_message message;
	bool                abandoned;
};

/* Reads the message, which makes sense as a word, and its scene; then on_posed is called on the lane's loop, and the
 * posing is its owner's. NULL: too much waits already. */
struct posing *posing_begin(struct lane *lane, struct bytes message, const struct token_claims *claims,
                            void (*on_posed)(struct posing *posing), void *owner);

/* One that is under way: nobody waits for it any more. */
void posing_abandon(struct posing *posing);

/* One that is done; NULL is borne. */
void posing_destroy(struct posing *posing);

const struct scene *posing_scene(const struct posing *posing);

#endif

/* The lines of an archive's course.jsonl, and what the texts of a course show. */
#ifndef ORRERY_FILE_H
#define ORRERY_FILE_H

#include "api/archive/wish.h"
#include "eventstore/codec/codec_json.h"

#define ARCHIVE_LINES_NAME "course.jsonl"
#define ARCHIVE_MEDIA_FOLDER "media/"

enum {
	ARCHIVE_VERSION = 1,
	ARCHIVE_LINE_BYTES_MAX = 384 * 1024,
	ARCHIVE_MEDIA_MAX = 1024, /* files that its texts show */
	ARCHIVE_MEDIA_NAME_SIZE = sizeof(ARCHIVE_MEDIA_FOLDER) - 1 + 64,
};

/* The heading, and a line for each wish. */
void file_write(const struct wishes *wishes, struct buffer *out);

/* Fills in the wishes, whose texts are copies in their arena. INVALID: some lines are not as they should be, which
 * complaints say, up to their number. */
enum status file_read(struct bytes lines, struct wishes *wishes, struct complaints *complaints) MUST_USE;

/* "media/" and the hash in hexadecimal. */
void file_media_name(const struct hash *hash, char out[ARCHIVE_MEDIA_NAME_SIZE + 1]);
bool file_media_hash(struct text name, struct hash *hash);

/* A file that a text, or the course's image, shows, and where. A text that is no Markdown shows none. */
struct shown_visitor {
	void *owner;
	void (*shown)(void *owner, const struct hash *hash, const struct wish_place *place);
};
void file_walk_shown(const struct wish *wish, const struct shown_visitor *visitor);

/* What all of them show, each file once, in the order of its name. FULL: more than ARCHIVE_MEDIA_MAX. */
struct shown_files {
	struct hash *items;
	uint32_t     count;
};
enum status file_shown(const struct wishes *wishes, struct shown_files *out) MUST_USE;

#endif

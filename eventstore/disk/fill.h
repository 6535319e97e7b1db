/* Zeroes written ahead of a file's end. A sync that finds its file longer than before has inode and extents to write as
 * well, which is one more wait for the disk. Extents that fallocate made would not do: they change with the first write
 * into them. */
#ifndef ORRERY_FILL_H
#define ORRERY_FILL_H

#include <stddef.h>

enum { FILL_STEP = 1 << 20, FILL_SLACK = 64 << 10 };

/* Appends zeroes, FILL_STEP at a time, until the file reaches FILL_SLACK beyond `needed` bytes. What is in the file
 * stays. It is but a favour to the next sync: when it fails, so will the write that needs the room, which is told. */
void fill_ahead(int fd, size_t needed);

#endif

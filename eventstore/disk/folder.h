/* Folders whose names outlive a power cut: syncing a file does not promise that the folder remembers it. */
#ifndef ORRERY_FOLDER_H
#define ORRERY_FOLDER_H

#include "eventstore/base/status.h"

#include <stdbool.h>

enum { FOLDER_PATH_SIZE = 4096 };

/* "FOLDER/NAME". INVALID: too long for a path. */
enum status folder_path(const char *folder, const char *name, char out[FOLDER_PATH_SIZE]) MUST_USE;

/* Makes the folder, its parent being there, unless it exists. */
enum status folder_make(const char *path) MUST_USE;

/* Removes it and what is in it; symbolic links are not followed. OK when there is none. */
enum status folder_remove(const char *path) MUST_USE;

/* Is there nothing at that path, or a folder with nothing in it? */
bool folder_vacant(const char *path);

/* Makes the names in the folder durable. */
enum status folder_sync(const char *path) MUST_USE;

/* Makes all that is in the folder durable, and the names of it. */
enum status folder_sync_all(const char *path) MUST_USE;

/* As folder_sync, for the folder in which `path` lies. */
enum status folder_sync_around(const char *path) MUST_USE;

/* Takes the lock on a file of this name in the folder, which lasts until the file `out` is closed or the process ends.
 * BUSY: another process has it. */
enum status folder_lock(const char *path, const char *name, int *out) MUST_USE;

#endif

/* Folders whose names outlive a power cut: syncing a file does not promise that the folder remembers it. */
#ifndef ORRERY_FOLDER_H
#define ORRERY_FOLDER_H

#include "eventstore/base/status.h"

/* Makes the folder, its parent being there, unless it exists. */
enum status folder_make(const char *path) MUST_USE;

/* Makes the names in the folder durable. */
enum status folder_sync(const char *path) MUST_USE;

/* The same for the folder in which `path` lies. */
enum status folder_sync_around(const char *path) MUST_USE;

#endif

/* A throw-away directory for signing keys. */
#ifndef ORRERY_KEY_DIRECTORY_H
#define ORRERY_KEY_DIRECTORY_H

#include "eventstore/base/bytes.h"

enum { KEY_DIRECTORY_PATH_SIZE = 64 };

/* Writes the path of a directory that does not exist yet, inside a fresh one under /tmp. */
void key_directory_choose(char path[KEY_DIRECTORY_PATH_SIZE]);

/* Deletes the directory, the files in it and the fresh one around it. */
void key_directory_remove(const char *path);

/* Files in it, and the path of one of them that is not `other` (which may be NULL). */
uint32_t key_directory_files(const char *path, const char *other, char file[2 * KEY_DIRECTORY_PATH_SIZE]);

#endif

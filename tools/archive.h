/* A folder as one stream, in the format of tar: made and read by tar itself, which every Debian has. */
#ifndef ORRERY_ARCHIVE_H
#define ORRERY_ARCHIVE_H

#include "eventstore/base/status.h"

/* What lies in the folder, to stdout. IO: tar could not be run, or failed, and has said why on stderr. */
enum status archive_write(const char *folder) MUST_USE;

/* From stdin into the folder, which exists. Names never lead out of it. */
enum status archive_read(const char *folder) MUST_USE;

#endif

#include "eventstore/disk/room.h"

#include "eventstore/base/diag.h"

#include <inttypes.h>
#include <sys/statvfs.h>

enum { MIB_SHIFT = 20 };

static uint64_t enough(const struct room *room)
{
	return room->reserve + room->reserve / 4;
}

static void tell(const struct room *room, bool is_short)
{
	if (is_short)
		diag(DIAG_ERROR, "disk_short",
		     "%s has %" PRIu64 " MiB left, less than ORRERY_DISK_RESERVE_MB asks for: commands are refused "
		     "until there are %" PRIu64 " MiB. Reading goes on.",
		     room->folder, room->free >> MIB_SHIFT, enough(room) >> MIB_SHIFT);
	else
		diag(DIAG_INFO, "disk_has_room", "%s has %" PRIu64 " MiB left: commands are taken again.", room->folder,
		     room->free >> MIB_SHIFT);
}

bool room_look(struct room *room)
{
	struct statvfs disk;
	bool           was_short = room->is_short, is_short;

	/* A disk that cannot be asked will tell by its errors. */
	if (!room->folder || statvfs(room->folder, &disk) != 0)
		return was_short;
	room->free = (uint64_t)disk.f_bavail * disk.f_frsize;
	is_short = room->reserve > 0 && room->free < (was_short ? enough(room) : room->reserve);
	room->is_short = is_short;
	if (is_short != was_short)
		tell(room, is_short);
	return is_short;
}

bool room_is_short(const struct room *room)
{
	return room && room->is_short;
}

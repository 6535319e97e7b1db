/* Files that people bring for lessons. */
#ifndef ORRERY_COMMANDS_MEDIA_H
#define ORRERY_COMMANDS_MEDIA_H

/* By one person between two midnights, UTC: what a diligent author needs for a course, and not what fills a disk. */
#define MEDIA_PERSON_DAY_BYTES_MAX (256u * 1024 * 1024)

#endif

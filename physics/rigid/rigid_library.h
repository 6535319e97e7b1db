/* The library under the rigid solver, as something that has a version and a file. */
#ifndef ORRERY_RIGID_LIBRARY_H
#define ORRERY_RIGID_LIBRARY_H

/* As the library calls itself: "7.0.3". */
const char *rigid_library_version(void);

/* The file that the process has it from; NULL where the dynamic linker does not know. */
const char *rigid_library_path(void);

/* Before the first space of the process; any number of times. Debian's build speaks of itself on the standard output
 * when its first space is made, and shall not. */
void rigid_library_begin(void);

#endif

/* What bringing back the log and the vault have in common. For restore*.c alone. */
#ifndef ORRERY_RESTORE_PARTS_H
#define ORRERY_RESTORE_PARTS_H

#include "eventstore/backup/restore.h"

/* Reads the manifest and compares the files with it. `fault` holds RESTORE_FAULT_SIZE. */
enum status restore_open(const char *from, struct manifest *manifest, char *fault) MUST_USE;

/* Writes the sentence and hands the status on. */
enum status restore_fault(char *fault, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

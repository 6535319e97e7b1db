/* A worker's side of job.h: hears of work, does it in slices, sends what comes of it. */
#ifndef ORRERY_SIMULATOR_WORKER_H
#define ORRERY_SIMULATOR_WORKER_H

/* Until the other side hangs up. Returns the process's exit code. */
int worker_run(int descriptor);

#endif

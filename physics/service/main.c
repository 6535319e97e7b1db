/* orrery-simulator: runs scenes for whoever asks over its socket, until TERM or INT; and, as `orrery-simulator worker`,
 * one of the processes that it starts for that. */
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "physics/service/broker.h"
#include "physics/service/confine.h"
#include "physics/service/job.h"
#include "physics/service/shelf.h"
#include "physics/service/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB = 1 << 20, SECOND_US = 1000 * 1000 };

static uint32_t cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > BROKER_WORKERS_MAX ? BROKER_WORKERS_MAX : (uint32_t)count;
}

static int run(const struct config *config, struct arena *arena)
{
	uint32_t               workers = config_u32(config, CONFIG_SIMULATOR_WORKERS);
	struct broker_settings settings = {
		.socket_path = config_in_data(config, SIMULATOR_SOCKET, arena),
		.folder = config_in_data(config, SHELF_FOLDER, arena),
		.program = "/proc/self/exe",
		.workers = workers > 0 ? workers : cores(),
		.memory_bytes_max = (uint64_t)config_u32(config, CONFIG_SIMULATOR_MEMORY_MB) * MIB,
		.disk_bytes_max = (uint64_t)config_u32(config, CONFIG_SIMULATOR_DISK_MB) * MIB,
		.hourly_cpu_us = (uint64_t)config_u32(config, CONFIG_SIMULATOR_CPU_PER_HOUR) * SECOND_US,
	};

	return broker_run(&settings) == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argument_count, char **arguments)
{
	struct config config;
	struct arena  arena = {0};
	int           code;

	signal(SIGHUP, SIG_IGN); /* meant for the API, which has keys to reload */
	if (argument_count == 2 && strcmp(arguments[1], "worker") == 0) {
		diag_set_process("orrery-simulator worker");
		confine_begin(JOB_DESCRIPTOR);
		return worker_run(JOB_DESCRIPTOR);
	}
	config_refuse_arguments(argument_count, arguments);
	config_load_or_exit(&config, "orrery-simulator");
	code = run(&config, &arena);
	arena_finish(&arena);
	config_finish(&config);
	return code;
}

#include "tools/simulator_view.h"

#include "eventstore/codec/codec_json.h"
#include "physics/service/client.h"

#include <inttypes.h>

static const double us_per_s = 1e6, bytes_per_mib = 1 << 20;

static enum status ask(const struct config *config, struct arena *arena, struct simulator_status *out)
{
	struct simulator_client *simulator;
	enum status              status =
		simulator_client_open(config_in_data(config, SIMULATOR_SOCKET, arena), "status", &simulator);

	if (status != STATUS_OK)
		return status;
	status = simulator_client_status(simulator, arena, out);
	simulator_client_close(simulator);
	return status;
}

void simulator_view_lines(const struct config *config, int label_width, struct buffer *out)
{
	struct arena            arena = {0};
	struct simulator_status status = {0};

	if (ask(config, &arena, &status) != STATUS_OK) {
		buffer_format(out, "%-*s does not answer; `orrery up` starts it\n", label_width, "simulator");
		arena_finish(&arena);
		return;
	}
	buffer_format(out, "%-*s %u of %u workers fit, %u running, %u waiting\n", label_width, "simulator",
	              status.workers_fit, status.workers, status.running, status.queued);
	buffer_format(out,
	              "%-*s %" PRIu64 " since the start, %" PRIu64 " answered from what is kept, %" PRIu64
	              " failed, %" PRIu64 " workers lost, %.1f s of CPU\n",
	              label_width, "runs", status.runs, status.cached, status.failed, status.crashed,
	              (double)status.cpu_us / us_per_s);
	buffer_format(out, "%-*s %u runs in %.1f MiB of memory, %u in %.1f MiB on disk\n", label_width, "kept",
	              status.kept_memory, (double)status.memory_used / bytes_per_mib, status.kept_disk,
	              (double)status.disk_used / bytes_per_mib);
	arena_finish(&arena);
}

void simulator_view_json(const struct config *config, struct buffer *out)
{
	struct arena            arena = {0};
	struct simulator_status status = {0};

	if (ask(config, &arena, &status) == STATUS_OK)
		json_encode_shape(&simulator_status_shape, &status, 0, out);
	else
		buffer_append_text(out, TEXT("null"));
	arena_finish(&arena);
}

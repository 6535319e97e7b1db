/* orrery audit export-tiles: the log's tree as a folder of files, c2sp.org/tlog-tiles. */
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/tile.h"
#include "tools/audit.h"
#include "tools/audit_checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct export
{
	struct reader *reader;
	const char    *folder;
	struct buffer  contents, path;
	uint64_t       written, there;
	enum status    status;
};

static enum status make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return STATUS_IO;
		*slash = '/';
	}
	return STATUS_OK;
}

/* Synced all at once in the end, before the checkpoint that speaks of them is put in place. */
static enum status write_file(const char *path, struct bytes contents)
{
	char  draft[PATH_MAX];
	FILE *file;
	bool  written;

	if ((size_t)snprintf(draft, sizeof(draft), "%s.new", path) >= sizeof(draft))
		return STATUS_INVALID;
	file = fopen(draft, "we");
	if (!file)
		return STATUS_IO;
	written = fwrite(contents.data, 1, contents.size, file) == contents.size;
	written = fclose(file) == 0 && written;
	return written && rename(draft, path) == 0 ? STATUS_OK : STATUS_IO;
}

static bool export_tile(void *owner, const struct tile *tile)
{
	struct export *export = owner;

	export->path.size = export->contents.size = 0;
	buffer_format(&export->path, "%s/tile/", export->folder);
	tile_format(tile, &export->path);
	buffer_append(&export->path, BYTES("", 1));
	if (access((char *)export->path.data, F_OK) == 0) {
		export->there++;
		return true;
	}
	export->status = tile_read(export->reader, tile, &export->contents);
	if (export->status == STATUS_OK)
		export->status = make_parents((char *)export->path.data);
	if (export->status == STATUS_OK)
		export->status = write_file((char *)export->path.data, buffer_bytes(&export->contents));
	export->written++;
	return export->status == STATUS_OK;
}

static enum status sync_folder(const char *folder)
{
	int         fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status status = fd >= 0 && syncfs(fd) == 0 ? STATUS_OK : STATUS_IO;

	if (fd >= 0)
		close(fd);
	return status;
}

static enum status export_all(struct export *export, const struct checkpoint *checkpoint, const struct buffer *note,
                              bool entries)
{
	char        path[PATH_MAX];
	enum status status = folder_make(export->folder);

	if (status != STATUS_OK)
		return status;
	tile_each(checkpoint->size, entries, export_tile, export);
	status = export->status == STATUS_OK ? sync_folder(export->folder) : export->status;
	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/checkpoint", export->folder);
	return whole_file_write(path, buffer_bytes(note), 0644);
}

static enum status export_signed(const struct config *config, struct export *export, bool entries)
{
	struct buffer     note = {0};
	struct checkpoint checkpoint;
	enum status       status = audit_read_checkpoint(config, &note, &checkpoint);

	if (status == STATUS_OK)
		status = export_all(export, &checkpoint, &note, entries);
	if (status == STATUS_OK)
		printf("%" PRIu64 " files written, %" PRIu64 " were there; the checkpoint covers %" PRIu64 " events.\n",
		       export->written, export->there, checkpoint.size);
	buffer_finish(&note);
	return status;
}

static int run_export_tiles(int argc, char **argv)
{
	bool entries = argc == 3 && strcmp(argv[2], "--entries") == 0;
	struct export export = {.folder = argc > 1 ? argv[1] : NULL};
	struct config config;
	enum status   status;

	if (argc < 2 || argv[1][0] == '-' || (argc > 2 && !entries))
		return audit_misused(&audit_export_tiles, "It takes a folder, and --entries.");
	config_load_or_exit(&config, "orrery-audit");
	status = reader_open(config_path(&config, CONFIG_DATA), &export.reader);
	if (status == STATUS_OK) {
		status = export_signed(&config, &export, entries);
		reader_close(export.reader);
	}
	buffer_finish(&export.contents);
	buffer_finish(&export.path);
	config_finish(&config);
	return status == STATUS_OK ? EXIT_SUCCESS : audit_failed("export-tiles", status);
}

const struct verb audit_export_tiles = {
	.name = "export-tiles",
	.sentence = "Writes the log's tree into a folder, for clients of C2SP tiles.",
	.manual =
		"Usage: orrery audit export-tiles FOLDER [--entries]\n\n"
		"The checkpoint and the tiles that go with it (c2sp.org/tlog-tiles), to be served by any web server.\n"
		"What is there already stays, so that a second run adds what is new.\n"
		"--entries  the records too. What names a person is sealed in them; ids, times and kinds of events are "
		"not.\n"
		"Exit codes: 0 written, 1 could not be done or not signed yet, 2 not understood, 3 damaged.\n",
	.run = run_export_tiles,
};

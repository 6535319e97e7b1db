/* orrery audit export: the log as a file, whole up to one position, whatever happens meanwhile. */
#include "eventstore/base/base64.h"
#include "eventstore/base/deflate.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"
#include "tools/audit_checkpoint.h"
#include "tools/looks.h"
#include "tools/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Events in a piece, which is a gzip member of its own: where pieces end depends on positions alone, so that the file
 * is the same however often it was interrupted. */
enum { PIECE_SIZE = 1 << 14, READ_AT_ONCE = 256, MARK_SIZE_MAX = 1024 };

static const char mark_format[] = "orrery export 1\nstore %36s epoch %" SCNu64 "\ncloudevents %d gzip %d unsealed %d\n"
				  "end %" SCNu64 "\nposition %" SCNu64 " bytes %" SCNu64 " count %" SCNu64 "\n";

struct wish {
	struct desk_wish desk;
	const char      *to, *format;
	uint64_t         at;
	bool             gzip, resume;
};

/* How far it has come; kept in FILE.resume while it is under way. */
struct mark {
	char     store[ID_TEXT_SIZE + 1];
	uint64_t epoch, end;
	int      cloudevents, gzip, unsealed;
	uint64_t position, bytes, count;
};

struct export
{
	struct desk     *desk;
	struct mark      mark;
	int              fd;
	const char      *path, *part, *resume, *manifest; /* NULL for stdout, all of them */
	struct arena     paths;
	struct buffer    packed;
	_Atomic uint64_t done;
};

/* ---------------------------------------------------------------- the file */

static enum status write_all(int fd, struct bytes bytes)
{
	while (bytes.size > 0) {
		ssize_t written = write(fd, bytes.data, bytes.size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return errno == ENOSPC ? STATUS_FULL : STATUS_IO;
		bytes.data += written;
		bytes.size -= (size_t)written;
	}
	return STATUS_OK;
}

static enum status write_mark(struct export *export)
{
	const struct mark *mark = &export->mark;
	struct buffer      text = {0};
	enum status        status = STATUS_IO;

	if (!export->resume)
		return STATUS_OK;
	buffer_format(&text,
	              "orrery export 1\nstore %s epoch %" PRIu64 "\ncloudevents %d gzip %d unsealed %d\nend %" PRIu64
	              "\nposition %" PRIu64 " bytes %" PRIu64 " count %" PRIu64 "\n",
	              mark->store, mark->epoch, mark->cloudevents, mark->gzip, mark->unsealed, mark->end,
	              mark->position, mark->bytes, mark->count);
	if (fdatasync(export->fd) == 0)
		status = whole_file_write(export->resume, buffer_bytes(&text), 0600);
	buffer_finish(&text);
	return status;
}

static bool parse_mark(struct bytes text, struct mark *mark)
{
	char terminated[MARK_SIZE_MAX + 1] = "";

	memcpy(terminated, text.data, text.size < MARK_SIZE_MAX ? text.size : MARK_SIZE_MAX);
	return sscanf(terminated, mark_format, mark->store, &mark->epoch, &mark->cloudevents, &mark->gzip,
	              &mark->unsealed, &mark->end, &mark->position, &mark->bytes, &mark->count)
	       == 9;
}

/* ---------------------------------------------------------------- the events */

static bool append_event(void *owner, const struct record *record)
{
	struct export *export = owner;
	struct desk      *desk = export->desk;
	struct event_view view;

	export->mark.position = record->position;
	if (event_view_read(record, desk->opener, &desk->arena, &view) != STATUS_OK) {
		desk_note_damage(desk, record->position);
	} else {
		export->mark.count++;
		if (export->mark.cloudevents)
			event_view_cloud(&view, reader_identity(desk->reader).store, &desk->out);
		else
			event_view_json(&view, &desk->out);
	}
	arena_reset(&desk->arena);
	return true;
}

static enum status gather_piece(struct export *export, uint64_t last)
{
	struct mark *mark = &export->mark;
	enum status  status = STATUS_OK;

	while (status == STATUS_OK && mark->position < last) {
		uint64_t before = mark->position, left = last - before;

		status = reader_each(export->desk->reader, before + 1,
		                     left < READ_AT_ONCE ? (uint32_t)left : READ_AT_ONCE, append_event, export);
		if (status == STATUS_CORRUPT || (status == STATUS_OK && mark->position == before)) {
			desk_note_damage(export->desk, ++mark->position);
			status = STATUS_OK;
		}
	}
	return status;
}

static enum status write_piece(struct export *export)
{
	struct desk *desk = export->desk;
	uint64_t     last = (export->mark.position / PIECE_SIZE + 1) * PIECE_SIZE;
	struct bytes bytes;
	enum status  status = gather_piece(export, last < export->mark.end ? last : export->mark.end);

	bytes = buffer_bytes(&desk->out);
	if (export->mark.gzip) {
		export->packed.size = 0;
		gzip_append(bytes, &export->packed);
		bytes = buffer_bytes(&export->packed);
	}
	if (status == STATUS_OK)
		status = write_all(export->fd, bytes);
	export->mark.bytes += bytes.size;
	desk->out.size = 0;
	export->done = export->mark.position;
	return status;
}

static enum status write_pieces(struct export *export)
{
	struct progress *progress = progress_start("Exported", "events", &export->done, export->mark.end);
	enum status      status = write_mark(export); /* the end is fixed from here on */

	while (status == STATUS_OK && export->mark.position < export->mark.end) {
		status = write_piece(export);
		if (status == STATUS_OK)
			status = write_mark(export);
	}
	progress_stop(progress);
	return status;
}

/* ---------------------------------------------------------------- the manifest */

static enum status hash_file(const char *path, uint64_t size, struct hash *out)
{
	int   fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = fd >= 0 && size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;

	if (fd < 0 || map == MAP_FAILED) {
		if (fd >= 0)
			close(fd);
		return STATUS_IO;
	}
	*out = hash_sha256(BYTES(map, map ? size : 0));
	if (map)
		munmap(map, size);
	close(fd);
	return STATUS_OK;
}

static void append_base64(struct buffer *out, const struct hash *hash)
{
	char text[BASE64_STANDARD_SIZE(sizeof(*hash))];

	base64_standard_encode(BYTES(hash->bytes, sizeof(hash->bytes)), text);
	buffer_append_text(out, (struct text){.data = text, .size = sizeof(text)});
}

/* The last signed one, if it is not older than the export: it vouches for the root. */
static void append_checkpoint(struct export *export, struct buffer *out)
{
	struct buffer     note = {0};
	struct checkpoint checkpoint;

	buffer_append_text(out, TEXT(",\"checkpoint\":"));
	if (audit_read_checkpoint(&export->desk->config, &note, &checkpoint) == STATUS_OK)
		json_append_string(out, (struct text){.data = (char *)note.data, .size = note.size});
	else
		buffer_append_text(out, TEXT("null"));
	buffer_finish(&note);
}

static void append_manifest(struct export *export, const struct hash *file, const struct hash *root, struct buffer *out)
{
	const struct mark *mark = &export->mark;

	buffer_format(out,
	              "{\"store\":\"%s\",\"epoch\":%" PRIu64
	              ",\"format\":\"%s\",\"gzip\":%s,\"unsealed\":%s,\"position\":%" PRIu64 ",\"count\":%" PRIu64
	              ",\"bytes\":%" PRIu64 ",\"sha256\":\"",
	              mark->store, mark->epoch, mark->cloudevents ? "cloudevents" : "jsonl",
	              mark->gzip ? "true" : "false", mark->unsealed ? "true" : "false", mark->end, mark->count,
	              mark->bytes);
	for (size_t i = 0; i < sizeof(file->bytes); i++)
		buffer_format(out, "%02x", file->bytes[i]);
	buffer_append_text(out, TEXT("\",\"root\":\""));
	append_base64(out, root);
	buffer_append_text(out, TEXT("\""));
	append_checkpoint(export, out);
	buffer_append_text(out, TEXT("}\n"));
}

static enum status write_manifest(struct export *export)
{
	struct merkle_source tree = reader_tree(export->desk->reader);
	struct buffer        text = {0};
	struct hash          file, root;
	enum status          status = hash_file(export->part, export->mark.bytes, &file);

	if (status == STATUS_OK)
		status = merkle_root(&tree, export->mark.end, &root);
	if (status == STATUS_OK) {
		append_manifest(export, &file, &root, &text);
		status = whole_file_write(export->manifest, buffer_bytes(&text), 0644);
	}
	buffer_finish(&text);
	return status;
}

/* The manifest comes first, so that a file under its own name always has one. */
static enum status finish_file(struct export *export)
{
	enum status status = write_mark(export);

	if (status == STATUS_OK)
		status = write_manifest(export);
	if (status == STATUS_OK && rename(export->part, export->path) != 0)
		status = STATUS_IO;
	if (status == STATUS_OK && unlink(export->resume) != 0)
		status = STATUS_IO;
	return status == STATUS_OK ? folder_sync_around(export->path) : status;
}

/* ---------------------------------------------------------------- where to, and from where on */

static void choose_paths(struct export *export, const struct wish *wish)
{
	struct stat about;
	size_t      size = wish->to ? strlen(wish->to) : 0;

	if (!wish->to || strcmp(wish->to, "-") == 0)
		return;
	export->path = wish->to;
	if (wish->to[size - 1] == '/' || (stat(wish->to, &about) == 0 && S_ISDIR(about.st_mode)))
		export->path =
			arena_format(&export->paths, "%s/events.%s%s", wish->to,
		                     export->mark.cloudevents ? "cloudevents.jsonl" : "jsonl", wish->gzip ? ".gz" : "")
				.data;
	export->part = arena_format(&export->paths, "%s.part", export->path).data;
	export->resume = arena_format(&export->paths, "%s.resume", export->path).data;
	export->manifest = arena_format(&export->paths, "%s.manifest.json", export->path).data;
}

/* What was begun must be what is wished now. */
static bool goes_on(const struct export *export, const struct mark *begun, const struct wish *wish)
{
	const struct mark *now = &export->mark;

	return strcmp(begun->store, now->store) == 0 && begun->epoch == now->epoch
	       && begun->cloudevents == now->cloudevents && begun->gzip == now->gzip && begun->unsealed == now->unsealed
	       && begun->end <= export->desk->head && (wish->at == 0 || wish->at == begun->end)
	       && begun->position <= begun->end;
}

static bool read_begun(struct export *export, const struct wish *wish)
{
	struct buffer text = {0};
	struct mark   begun;
	bool          understood = whole_file_read(export->resume, MARK_SIZE_MAX, &text) == STATUS_OK
	                  && parse_mark(buffer_bytes(&text), &begun) && goes_on(export, &begun, wish);

	buffer_finish(&text);
	if (understood)
		export->mark = begun;
	else
		desk_complain(export->desk, "%s is no unfinished export of this log in this form.", export->path);
	return understood;
}

static bool complain_of(const struct export *export, const char *path)
{
	desk_complain(export->desk, "%s: %s", path, strerror(errno));
	return false;
}

/* Opens the file: a fresh one, or the unfinished one cut to what was noted of it. */
static bool open_file(struct export *export, const struct wish *wish)
{
	bool begun = export->part && access(export->part, F_OK) == 0;

	export->fd = STDOUT_FILENO;
	if (!export->part)
		return true;
	if (wish->resume && !begun) {
		desk_complain(export->desk, "There is no unfinished export %s.", export->part);
		return false;
	}
	if (begun && !wish->resume) {
		desk_complain(export->desk, "%s is an unfinished export: --resume goes on with it, or remove it.",
		              export->part);
		return false;
	}
	if (begun && access(export->resume, F_OK) == 0 && !read_begun(export, wish))
		return false;
	export->fd = open(export->part, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (export->fd < 0 || ftruncate(export->fd, (off_t) export->mark.bytes) != 0
	    || lseek(export->fd, 0, SEEK_END) < 0)
		return complain_of(export, export->part);
	return true;
}

/* ---------------------------------------------------------------- the verb */

static void describe(struct export *export, const struct wish *wish)
{
	struct log_identity log = reader_identity(export->desk->reader);

	id_format(log.store, export->mark.store);
	export->mark.epoch = log.epoch;
	export->mark.end = wish->at > 0 ? wish->at : export->desk->head;
	export->mark.cloudevents = wish->format && strcmp(wish->format, "cloudevents") == 0;
	export->mark.gzip = wish->gzip;
	export->mark.unsealed = wish->desk.unseal;
}

static int export_log(struct export *export, const struct wish *wish)
{
	struct looks looks = {.many = true};
	enum status  status = STATUS_OK;

	describe(export, wish);
	choose_paths(export, wish);
	if (export->mark.end > export->desk->head) {
		desk_complain(export->desk, "The log ends at position %" PRIu64 ".", export->desk->head);
		return AUDIT_NOT_FOUND;
	}
	if (!open_file(export, wish))
		return EXIT_FAILURE;
	snprintf(looks.selection, sizeof(looks.selection), "to=%" PRIu64, export->mark.end);
	if (!looks_unseal(&looks, export->desk, &wish->desk))
		return EXIT_FAILURE;
	status = write_pieces(export);
	if (status == STATUS_OK && export->path)
		status = finish_file(export);
	return status == STATUS_OK ? EXIT_SUCCESS : desk_failed(export->desk, status);
}

static int run_with(const struct wish *wish)
{
	struct desk desk;
	struct export export = {.desk = &desk};
	int code = EXIT_FAILURE;

	if (desk_open(&desk, audit_export.name))
		code = export_log(&export, wish);
	if (export.fd > STDERR_FILENO)
		close(export.fd);
	arena_finish(&export.paths);
	buffer_finish(&export.packed);
	return desk_close(&desk, code);
}

static int run_export(int argc, char **argv)
{
	struct wish             wish = {0};
	const struct option_row rows[] = {
		DESK_UNSEALING(&wish.desk),
		{"--to", OPTION_TEXT, &wish.to},
		{"--format", OPTION_TEXT, &wish.format},
		{"--at", OPTION_NUMBER, &wish.at},
		{"--gzip", OPTION_FLAG, &wish.gzip},
		{"--resume", OPTION_FLAG, &wish.resume},
		{0},
	};
	const char *wrong = options_read(argc, argv, rows, NULL);

	if (!wrong)
		wrong = desk_unsealing_fault(&wish.desk);
	if (!wrong && wish.format && strcmp(wish.format, "jsonl") != 0 && strcmp(wish.format, "cloudevents") != 0)
		wrong = "--format is jsonl or cloudevents.";
	if (!wrong && wish.to && !*wish.to)
		wrong = "--to takes a folder, a file, or - for stdout.";
	if (!wrong && wish.resume && (!wish.to || strcmp(wish.to, "-") == 0))
		wrong = "--resume needs the file that was begun: --to FILE.";
	return wrong ? audit_misused(&audit_export, wrong) : run_with(&wish);
}

const struct verb audit_export = {
	.name = "export",
	.sentence = "Writes the events up to one position into a file.",
	.manual =
		"Usage: orrery audit export [--to FOLDER|FILE|-] [--format jsonl|cloudevents] [--gzip] [--at "
		"POSITION]\n"
		"       [--resume] " DESK_UNSEALING_USAGE "\n\n"
		"The events from the first to the last there is when it begins, or to the position given, one a line,\n"
		"as `orrery audit log` prints them. Beside FILE lies FILE.manifest.json: store, epoch, format, gzip,\n"
		"unsealed, position, count, bytes, sha256 of the file, root of the log's Merkle tree at that "
		"position,\n"
		"and the last signed checkpoint, which vouches for it (see `orrery audit prove`). Until it is whole "
		"the\n"
		"file is called FILE.part, and FILE.resume tells how far it is on disk. A killed export that goes on\n"
		"gives the same bytes as one that was not, unless somebody was erased meanwhile and it was unsealed.\n"
		"--to FOLDER|FILE|-  a folder gets events.jsonl or events.cloudevents.jsonl; - is stdout, which has "
		"no\n"
		"                    manifest; the default\n"
		"--format NAME       jsonl, or cloudevents: CloudEvents 1.0\n"
		"--gzip              compressed\n"
		"--at POSITION       up to this position\n"
		"--resume            goes on with an export that was cut short; the other words must be as "
		"before\n" DESK_UNSEALING_MANUAL "Exit codes: 0 exported, 1 could not be done, 2 not understood, 3 a "
		"record is damaged; it is named and\n"
		"left out, so that the manifest's count is less than its position.\n",
	.run = run_export,
};

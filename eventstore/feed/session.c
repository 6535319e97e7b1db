#include "eventstore/feed/session.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/checkpoint.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/wire/message.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORDS_AT_ONCE = 1 << 16 };

/* ---------------------------------------------------------------- ending */

static bool over(struct session *session, const char *why)
{
	session->why = why;
	return false;
}

/* Says why and hangs up once that is on its way. */
static bool refuse(struct session *session, struct text sentence)
{
	line_say_word(&session->line, FEED_REFUSED, 0, text_bytes(sentence));
	diag(DIAG_WARN, "follower_refused", "%s: %.*s", session->who.name, TEXT_ARG(sentence));
	session->leaving = true;
	return true;
}

/* ---------------------------------------------------------------- what a follower says */

static void say_welcome(struct session *session, const struct log_identity *log)
{
	struct feed_welcome welcome = {
		.protocol = FEED_PROTOCOL,
		.store = log->store,
		.epochs = {.items = log->epochs, .count = log->epoch_count},
		.head = session->head,
	};
	struct buffer frame = {0};

	message_append(&frame, FEED_WELCOME, 0, &feed_welcome_shape, &welcome);
	line_say(&session->line, buffer_bytes(&frame));
	buffer_finish(&frame);
}

static bool open_keys(struct session *session, bool has_keys)
{
	if (!session->who.keys)
		return refuse(session,
		              TEXT("This follower may not have the keys of persons (`orrery keys feed-add-keys`)."));
	if (session_keys_open(&session->keys, session->ground->vault, has_keys) != STATUS_OK)
		return over(session, "the vault cannot be read");
	return true;
}

static bool greet(struct session *session, const struct feed_hello *hello)
{
	struct log_identity log = reader_identity(session->reader);

	if (hello->protocol != FEED_PROTOCOL)
		return refuse(session, arena_format(&session->arena, "This feed speaks protocol %d, not %u.",
		                                    FEED_PROTOCOL, hello->protocol));
	if (id_present(hello->store) && !id_equal(hello->store, log.store))
		return refuse(session, TEXT("The copy is of another log than this feed's."));
	if (id_present(hello->store) && hello->epoch > log.epoch) {
		diag(DIAG_ERROR, "epoch_is_over",
		     "%s has seen epoch %" PRIu64 " and this log is in epoch %" PRIu64
		     ": another writer has taken over, and what is written here is lost to it",
		     session->who.name, hello->epoch, log.epoch);
		return refuse(session, arena_format(&session->arena,
		                                    "This feed's log is in epoch %" PRIu64
		                                    " and the copy has seen epoch %" PRIu64
		                                    ": another writer has taken over from it.",
		                                    log.epoch, hello->epoch));
	}
	session->greeted = true;
	say_welcome(session, &log);
	return !hello->keys || open_keys(session, hello->has_keys);
}

static bool take_hello(struct session *session, const struct frame *frame)
{
	struct feed_hello hello = {0};

	if (session->greeted || message_decode(&feed_hello_shape, frame->body, &session->arena, &hello) != STATUS_OK)
		return over(session, "sent a malformed hello");
	if (reader_head(session->reader, &session->head) != STATUS_OK)
		return over(session, "the log cannot be read");
	return greet(session, &hello);
}

static bool root_at(struct session *session, uint64_t size, struct hash *root)
{
	struct merkle_source tree = reader_tree(session->reader);

	return size <= session->head && merkle_root(&tree, size, root) == STATUS_OK;
}

static bool take_ask_root(struct session *session, const struct frame *frame)
{
	struct hash root;
	bool        there = root_at(session, frame->request, &root);

	/* Halving what is left finds any position in so many questions. */
	if (session->asked++ > MERKLE_LEVELS_MAX)
		return over(session, "asked too much");
	line_say_word(&session->line, FEED_ROOT, frame->request, BYTES(root.bytes, there ? sizeof(root.bytes) : 0));
	return true;
}

static bool take_start(struct session *session, const struct frame *frame)
{
	struct hash root;

	if (session->started || frame->body.size != sizeof(root.bytes))
		return over(session, "sent a malformed start");
	if (!root_at(session, frame->request, &root) || memcmp(root.bytes, frame->body.data, sizeof(root.bytes)) != 0)
		return refuse(session, TEXT("What the copy holds does not lie on this feed's log."));
	session->sent = session->stored = frame->request;
	session->started = true;
	diag(DIAG_INFO, "follower_started", "%s at %" PRIu64 " of %" PRIu64, session->who.name, session->sent,
	     session->head);
	return true;
}

static bool take_credit(struct session *session, const struct frame *frame)
{
	if (frame->request > FEED_CREDIT_MAX || session->credit + (int64_t)frame->request > FEED_CREDIT_MAX)
		return over(session, "gave more credit than there is");
	session->credit += (int64_t)frame->request;
	return true;
}

static bool take_stored(struct session *session, const struct frame *frame)
{
	session->stored = frame->request;
	return true;
}

static bool take(struct session *session, const struct frame *frame)
{
	static bool (*const takers[FEED_WORDS])(struct session *, const struct frame *) = {
		[FEED_HELLO] = take_hello,   [FEED_ASK_ROOT] = take_ask_root, [FEED_START] = take_start,
		[FEED_CREDIT] = take_credit, [FEED_STORED] = take_stored,
	};

	if (frame->op >= FEED_WORDS || !takers[frame->op])
		return over(session, "said an unknown word");
	if (!session->greeted && frame->op != FEED_HELLO)
		return over(session, "did not say hello first");
	session->waits_us = clock_monotonic_us();
	return takers[frame->op](session, frame);
}

static void note_known(struct session *session)
{
	if (session->known || !channel_ready(&session->line.channel))
		return;
	session->known = true;
	session->ground->on_known(session->ground->owner, &session->who);
}

static bool hear(struct session *session)
{
	struct frame frame;
	enum status  status = line_receive(&session->line);

	if (status == STATUS_NOT_FOUND)
		return true;
	if (status != STATUS_OK)
		return over(session,
		            status == STATUS_DENIED && session->known ? "sent what it cannot have meant" : NULL);
	note_known(session);
	while (!session->leaving && (status = line_next(&session->line, &frame)) == STATUS_OK) {
		if (!take(session, &frame))
			return false;
		arena_reset(&session->arena);
	}
	return session->leaving || status == STATUS_NOT_FOUND || over(session, "sent a malformed frame");
}

/* ---------------------------------------------------------------- what it is told */

/* The visit only copies: sealing and sending come after the read transaction. */
static bool append_record(void *owner, const struct record *record)
{
	struct session *session = owner;

	if (record->position != session->sent + 1
	    || session_keys_of(&session->keys, record, &session->frames) != STATUS_OK)
		return false;
	feed_append(&session->frames, FEED_RECORD, record->position, record->encoded);
	session->credit -= (int64_t)record->encoded.size;
	session->sent = record->position;
	return session->credit > 0 && session->frames.size < SESSION_UNSENT_MAX;
}

static bool send_keys(struct session *session)
{
	if (!session_keys_due(&session->keys) || line_unsent(&session->line) >= SESSION_UNSENT_MAX)
		return true;
	if (session_keys_walk(&session->keys, SESSION_UNSENT_MAX, &session->frames) != STATUS_OK)
		return over(session, "the vault cannot be read");
	line_say(&session->line, buffer_bytes(&session->frames));
	session->frames.size = 0;
	return true;
}

static bool records_due(const struct session *session)
{
	return session->sent < session->head && session->credit > 0 && !session_keys_due(&session->keys)
	       && line_unsent(&session->line) < SESSION_UNSENT_MAX;
}

static bool send_records(struct session *session)
{
	uint64_t before = session->sent;

	if (!records_due(session))
		return true;
	if (reader_each(session->reader, session->sent + 1, RECORDS_AT_ONCE, append_record, session) != STATUS_OK
	    || session->sent == before) {
		diag(DIAG_ERROR, "log_damaged", "position %" PRIu64 " cannot be read", session->sent + 1);
		return refuse(session, arena_format(&session->arena, "Position %" PRIu64 " of this log is damaged.",
		                                    session->sent + 1));
	}
	line_say(&session->line, buffer_bytes(&session->frames));
	session->frames.size = 0;
	return true;
}

static bool file_changed(const char *path, struct pending_note *note)
{
	struct stat file;
	int64_t     written_ns;

	if (stat(path, &file) != 0)
		return false;
	written_ns = (int64_t)file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
	if (written_ns == note->seen_ns && (int64_t)file.st_ino == note->seen_inode)
		return false;
	note->seen_ns = written_ns;
	note->seen_inode = (int64_t)file.st_ino;
	return true;
}

/* The follower judges it; here only its size matters, since it goes out behind the records it is over. */
static void read_note(const char *path, struct pending_note *note)
{
	struct checkpoint checkpoint;
	struct note       parsed;

	note->size = 0;
	note->text.size = 0;
	if (whole_file_read(path, NOTE_SIZE_MAX, &note->text) == STATUS_OK
	    && note_parse((struct text){(const char *)note->text.data, note->text.size}, &parsed)
	    && checkpoint_parse(parsed.body, &checkpoint))
		note->size = checkpoint.size;
}

static void send_checkpoint(struct session *session)
{
	struct pending_note *note = &session->note;

	if (file_changed(session->ground->checkpoint, note))
		read_note(session->ground->checkpoint, note);
	if (note->size == 0 || note->size > session->sent)
		return;
	line_say_word(&session->line, FEED_CHECKPOINT, 0, buffer_bytes(&note->text));
	note->size = 0;
}

static void send_head(struct session *session)
{
	if (session->head == session->told_head && line_mute_ms(&session->line) < FEED_ALIVE_MS)
		return;
	line_say_word(&session->line, FEED_HEAD, session->head, BYTES("", 0));
	session->told_head = session->head;
}

/* What need not be done for each event. Whoever was taken off the list is served no longer. */
static bool look_around(struct session *session)
{
	struct roster roster;

	if (clock_monotonic_us() - session->looked_us < SESSION_LOOK_MS * 1000)
		return true;
	session->looked_us = clock_monotonic_us();
	if (roster_read(session->ground->roster, &roster) != STATUS_OK || !roster_find(&roster, &session->who.key))
		return over(session, "is no follower any more");
	send_checkpoint(session);
	send_head(session);
	return true;
}

static bool tell(struct session *session)
{
	if (!session->started || session->leaving)
		return true;
	if (reader_head(session->reader, &session->head) != STATUS_OK)
		return over(session, "the log cannot be read");
	return send_keys(session) && send_records(session) && (session->leaving || look_around(session));
}

/* ---------------------------------------------------------------- turns */

static bool in_time(struct session *session)
{
	if (!session->started && clock_monotonic_us() - session->waits_us > FEED_GREETING_MS * 1000)
		return over(session, session->known ? "did not start" : NULL);
	if (line_silent_ms(&session->line) > FEED_SILENCE_MS)
		return over(session, "was silent for too long");
	return !session->leaving || line_unsent(&session->line) > 0;
}

static int pause_ms(const struct session *session)
{
	bool more = session->started && !session->leaving && (session_keys_due(&session->keys) || records_due(session));

	/* What the socket does not take wakes us when it does. */
	return more && line_unsent(&session->line) < SESSION_UNSENT_MAX ? 0 : SESSION_LOOK_MS;
}

static void unring(struct session *session)
{
	uint64_t rings;

	/* Nothing there is nothing to take. */
	if (read(session->bell, &rings, sizeof(rings)) < 0)
		return;
}

static bool turn(struct session *session)
{
	if (!hear(session) || !tell(session))
		return false;
	if (line_flush(&session->line) != STATUS_OK)
		return over(session, NULL);
	if (!in_time(session))
		return false;
	line_wait(&session->line, session->bell, pause_ms(session));
	unring(session);
	return !session->ended;
}

static bool knows(void *owner, const struct noise_public *peer)
{
	struct session            *session = owner;
	struct roster              roster;
	const struct roster_entry *entry = NULL;

	if (roster_read(session->ground->roster, &roster) == STATUS_OK)
		entry = roster_find(&roster, peer);
	if (entry)
		session->who = *entry;
	else
		diag(DIAG_WARN, "stranger_refused", NULL);
	return entry != NULL;
}

void session_serve(struct session *session)
{
	session->waits_us = clock_monotonic_us();
	line_answer(&session->line, session->fd, &session->ground->key, knows, session);
	if (reader_open(session->ground->data, &session->reader) == STATUS_OK)
		while (turn(session))
			;
	if (session->known)
		diag(DIAG_INFO, "follower_left", "%s at %" PRIu64 "%s%s", session->who.name, session->stored,
		     session->why ? ": " : "", session->why ? session->why : "");
	line_close(&session->line);
	reader_close(session->reader);
	session_keys_close(&session->keys);
	buffer_finish(&session->frames);
	buffer_finish(&session->note.text);
	arena_finish(&session->arena);
}

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/writer/writer_parts.h"

#include <stdio.h>

static void take_hello(struct peer *peer, const struct frame *frame)
{
	struct store  *store = peer->writer->store;
	struct hello   hello = {0};
	struct welcome welcome = {.protocol = PROTOCOL_VERSION, .version = text_from(ORRERY_VERSION), .accepted = true};

	if (message_decode(&hello_shape, frame->body, &peer->writer->arena, &hello) != STATUS_OK) {
		peer_close(peer, "sent a malformed hello");
		return;
	}
	snprintf(peer->who, sizeof(peer->who), "%.*s",
	         (int)(hello.who.size < WHO_SIZE_MAX ? hello.who.size : WHO_SIZE_MAX), hello.who.data);
	if (hello.protocol != PROTOCOL_VERSION) {
		welcome.accepted = false;
		welcome.sentence = arena_format(&peer->writer->arena, "This writer speaks protocol %d, not %u.",
		                                PROTOCOL_VERSION, hello.protocol);
	}
	welcome.store = store_identity(store).store;
	welcome.epoch = store_identity(store).epoch;
	welcome.head = store_durable(store);
	peer->greeted = welcome.accepted;
	peer->leaving = !welcome.accepted;
	message_append(&peer->out, FRAME_HELLO | FRAME_ANSWER, frame->request, &welcome_shape, &welcome);
}

static void answer_now(struct peer *peer, const struct frame *frame, enum status status)
{
	struct answer answer = {.status = text_from(status_name(status)),
	                        .sentence = text_from(status_sentence(status))};

	message_append(&peer->out, FRAME_SUBMIT | FRAME_ANSWER, frame->request, &answer_shape, &answer);
}

/* Looks now and then whether there is room again. */
static bool still_full(struct writer *writer)
{
	int64_t now_us = clock_monotonic_us();

	if (writer->full && now_us - writer->looked_us >= WRITER_ROOM_EVERY_US)
		writer_look_for_room(writer);
	return writer->full;
}

/* Nothing new is taken for want of room, but what is kept already is answered again. */
static void recall_only(struct writer *writer, const struct submission *submission, struct answer *answer)
{
	struct submission question = *submission;

	question.recall = true;
	writer->decider->decide(writer->decider->owner, &question, &writer->arena, answer);
	if (!text_is(answer->status, status_name(STATUS_NOT_FOUND)) || submission->recall)
		return;
	writer->turned_away_full++;
	*answer = (struct answer){.status = text_from(status_name(STATUS_FULL)),
	                          .sentence = TEXT("The disk has too little room to keep anything new.")};
}

static void take_submission(struct peer *peer, const struct frame *frame)
{
	struct writer    *writer = peer->writer;
	struct submission submission = {0};
	struct answer     answer = {0};

	if (message_decode(&submission_shape, frame->body, &writer->arena, &submission) != STATUS_OK) {
		answer_now(peer, frame, STATUS_MALFORMED);
		return;
	}
	if (writer_waiting(writer) >= writer->settings->queue_max || store_busy(writer->store)) {
		writer->busy++;
		answer_now(peer, frame, STATUS_BUSY);
		return;
	}
	if (still_full(writer))
		recall_only(writer, &submission, &answer);
	else
		writer->decider->decide(writer->decider->owner, &submission, &writer->arena, &answer);
	writer->submitted++;
	writer->refused += answer.refusal.data != NULL;
	writer->repeated += answer.repeated;
	message_append(&writer->gathering->answers, FRAME_SUBMIT | FRAME_ANSWER, frame->request, &answer_shape,
	               &answer);
	round_owe(writer->gathering, peer);
}

static struct projection_progress *find_progress(struct writer *writer, struct text name)
{
	struct projection_progress *progress;

	for (uint32_t i = 0; i < writer->projection_count; i++)
		if (text_is(name, writer->projections[i].name))
			return &writer->projections[i];
	if (writer->projection_count == WRITER_PROJECTIONS_MAX || name.size > WHO_SIZE_MAX)
		return NULL;
	progress = &writer->projections[writer->projection_count++];
	memcpy(progress->name, name.data, name.size);
	return progress;
}

static void take_progress(struct peer *peer, const struct frame *frame)
{
	struct writer              *writer = peer->writer;
	struct projection_progress *known;
	struct progress             progress = {0};
	struct peer                *watcher, *next;

	if (message_decode(&progress_shape, frame->body, &writer->arena, &progress) != STATUS_OK)
		return;
	known = find_progress(writer, progress.name);
	if (!known)
		return;
	known->position = progress.position;
	list_each_safe (watcher, next, &writer->clients, link) {
		if (!watcher->watching || watcher == peer)
			continue;
		message_append(&watcher->out, FRAME_PROGRESS, 0, &progress_shape, &progress);
		peer_flush(watcher);
	}
}

/* A new watcher learns the head and how far each projection is, then hears of every change. */
static void take_watch(struct peer *peer, const struct frame *frame)
{
	struct writer *writer = peer->writer;
	struct head    head = {.position = store_durable(writer->store)};

	writer_look_for_room(writer);
	head.full = writer->full;
	peer->watching = true;
	message_append(&peer->out, FRAME_WATCH | FRAME_ANSWER, frame->request, &head_shape, &head);
	for (uint32_t i = 0; i < writer->projection_count; i++) {
		struct progress progress = {.name = text_from(writer->projections[i].name),
		                            .position = writer->projections[i].position};

		message_append(&peer->out, FRAME_PROGRESS, 0, &progress_shape, &progress);
	}
}

static void take_stats(struct peer *peer, const struct frame *frame)
{
	struct writer          *writer = peer->writer;
	struct auditor_progress audited = auditor_progress(writer->settings->auditor);
	struct store_counters   counters;
	struct progress         list[WRITER_PROJECTIONS_MAX];
	struct stats            stats;

	writer_look_for_room(writer);
	store_counters(writer->store, &counters);
	for (uint32_t i = 0; i < writer->projection_count; i++)
		list[i] = (struct progress){.name = text_from(writer->projections[i].name),
		                            .position = writer->projections[i].position};
	stats = (struct stats){
		.head = store_durable(writer->store),
		.commits = counters.commits,
		.commit_us_last = counters.commit_us_last,
		.commit_us_max = counters.commit_us_max,
		.index_lag = counters.index_lag,
		.log_used = counters.log_used,
		.log_mapped = counters.log_mapped,
		.verified = audited.verified,
		.damaged = audited.findings,
		.submitted = writer->submitted,
		.refused = writer->refused,
		.repeated = writer->repeated,
		.busy = writer->busy,
		.disk_free = counters.disk_free,
		.disk_short = writer->full,
		.turned_away_full = writer->turned_away_full,
		.waiting = writer_waiting(writer),
		.clients = writer->client_count,
		.version = text_from(ORRERY_VERSION),
		.projections = {.items = list, .count = writer->projection_count},
	};
	message_append(&peer->out, FRAME_STATS | FRAME_ANSWER, frame->request, &stats_shape, &stats);
}

void writer_take_frame(struct peer *peer, const struct frame *frame)
{
	static void (*const takers[])(struct peer *, const struct frame *) = {
		[FRAME_HELLO] = take_hello,       [FRAME_SUBMIT] = take_submission, [FRAME_WATCH] = take_watch,
		[FRAME_PROGRESS] = take_progress, [FRAME_STATS] = take_stats,
	};

	if (frame->op >= array_count(takers) || !takers[frame->op])
		peer_close(peer, "sent an unknown frame");
	else if (!peer->greeted && frame->op != FRAME_HELLO)
		peer_close(peer, "did not say hello first");
	else
		takers[frame->op](peer, frame);
	arena_reset(&peer->writer->arena);
}

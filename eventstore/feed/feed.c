#include "eventstore/feed/feed.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"
#include "eventstore/feed/session.h"
#include "eventstore/feed/tcp.h"
#include "eventstore/wire/doorbell.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_PAUSE_MS = 100 };

struct feed {
	const struct feed_settings *settings;
	struct session_ground       ground;
	struct doorbell            *doorbell;
	int                         listener, end; /* `end` becomes readable when it is to stop */
	pthread_t                   acceptor, ringer;
	atomic_bool                 stopping;

	pthread_mutex_t  lock; /* guards what follows */
	pthread_cond_t   left;
	struct list_link sessions; /* the oldest first */
	uint32_t         count;
};

/* ---------------------------------------------------------------- sessions */

static void ring(int bell)
{
	uint64_t one = 1;

	/* A full counter is as good as one more. */
	if (write(bell, &one, sizeof(one)) < 0)
		return;
}

static void end_session(struct session *session)
{
	session->ended = true;
	ring(session->bell);
}

/* A session that is to make room: the oldest that has not shown who it is. With the lock held. */
static void end_oldest_stranger(struct feed *feed)
{
	struct session *session, *next;

	list_each_safe (session, next, &feed->sessions, link)
		if (!session->known && !session->ended) {
			end_session(session);
			return;
		}
}

/* Called by a session that has just shown who it is. Its earlier connection may be dead without knowing it. */
static void on_known(void *owner, struct roster_entry *who)
{
	struct feed    *feed = owner;
	struct session *session, *next;

	pthread_mutex_lock(&feed->lock);
	list_each_safe (session, next, &feed->sessions, link)
		if (session->known && &session->who != who
		    && memcmp(session->who.key.bytes, who->key.bytes, sizeof(who->key.bytes)) == 0)
			end_session(session);
	pthread_mutex_unlock(&feed->lock);
}

struct service {
	struct feed   *feed;
	struct session session;
};

static void *serve(void *owner)
{
	struct service *service = owner;
	struct feed    *feed = service->feed;

	session_serve(&service->session);
	pthread_mutex_lock(&feed->lock);
	list_remove(&service->session.link);
	feed->count--;
	pthread_cond_signal(&feed->left);
	pthread_mutex_unlock(&feed->lock);
	close(service->session.bell);
	free(service);
	return NULL;
}

static bool start_thread(struct service *service)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, serve, service) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

static void turn_away(struct service *service)
{
	list_remove(&service->session.link);
	service->feed->count--;
	close(service->session.fd);
	close(service->session.bell);
	free(service);
}

/* With the lock held. */
static void add_session(struct feed *feed, int fd)
{
	struct service *service;

	if (feed->count == FEED_SESSIONS_MAX) {
		end_oldest_stranger(feed);
		close(fd);
		return;
	}
	service = calloc(1, sizeof(*service));
	require(service != NULL);
	service->feed = feed;
	service->session =
		(struct session){.ground = &feed->ground, .fd = fd, .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	list_append(&feed->sessions, &service->session.link);
	feed->count++;
	if (service->session.bell < 0 || !start_thread(service))
		turn_away(service);
}

/* ---------------------------------------------------------------- the two threads beside them */

static void *accept_all(void *owner)
{
	struct feed  *feed = owner;
	struct pollfd waiters[2] = {{.fd = feed->listener, .events = POLLIN}, {.fd = feed->end, .events = POLLIN}};

	while (!feed->stopping) {
		int fd;

		poll(waiters, 2, -1);
		fd = accept4(feed->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			/* With no descriptor left the caller stays in the queue, and would wake us for ever. */
			poll(&waiters[1], 1, errno == EMFILE || errno == ENFILE ? ACCEPT_PAUSE_MS : 0);
			continue;
		}
		pthread_mutex_lock(&feed->lock);
		add_session(feed, fd);
		pthread_mutex_unlock(&feed->lock);
	}
	return NULL;
}

static void ring_all(struct feed *feed)
{
	struct session *session, *next;

	pthread_mutex_lock(&feed->lock);
	list_each_safe (session, next, &feed->sessions, link)
		ring(session->bell);
	pthread_mutex_unlock(&feed->lock);
}

/* One doorbell for all of them. */
static void *ring_on(void *owner)
{
	struct feed   *feed = owner;
	struct reader *reader;
	uint64_t       head = 0;

	if (reader_open(feed->settings->data, &reader) != STATUS_OK)
		return NULL;
	while (!feed->stopping) {
		doorbell_wait(feed->doorbell, head, FEED_BELL_MS);
		if (reader_head(reader, &head) == STATUS_OK)
			ring_all(feed);
	}
	reader_close(reader);
	return NULL;
}

/* ---------------------------------------------------------------- starting and stopping */

static enum status prepare(struct feed *feed, const struct feed_settings *settings)
{
	enum status status;

	feed->settings = settings;
	feed->listener = -1;
	feed->ground = (struct session_ground){.data = settings->data,
	                                       .roster = settings->roster,
	                                       .checkpoint = settings->checkpoint,
	                                       .vault = settings->vault,
	                                       .on_known = on_known,
	                                       .owner = feed};
	list_init(&feed->sessions);
	pthread_mutex_init(&feed->lock, NULL);
	pthread_cond_init(&feed->left, NULL);
	feed->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	require(feed->end >= 0);
	status = roster_own_key(settings->roster, &feed->ground.key);
	return status == STATUS_OK ? tcp_listen(settings->listen, &feed->listener) : status;
}

static void finish(struct feed *feed)
{
	doorbell_destroy(feed->doorbell);
	if (feed->listener >= 0)
		close(feed->listener);
	close(feed->end);
	pthread_cond_destroy(&feed->left);
	pthread_mutex_destroy(&feed->lock);
	secret_wipe(&feed->ground.key, sizeof(feed->ground.key));
	free(feed);
}

enum status feed_start(const struct feed_settings *settings, struct feed **out)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	enum status  status;

	require(feed != NULL);
	status = prepare(feed, settings);
	if (status != STATUS_OK) {
		finish(feed);
		return status;
	}
	feed->doorbell = doorbell_create(settings->socket_path, "orrery-feed");
	require(pthread_create(&feed->acceptor, NULL, accept_all, feed) == 0);
	require(pthread_create(&feed->ringer, NULL, ring_on, feed) == 0);
	*out = feed;
	return STATUS_OK;
}

static void end_all(struct feed *feed)
{
	struct session *session, *next;

	pthread_mutex_lock(&feed->lock);
	list_each_safe (session, next, &feed->sessions, link)
		end_session(session);
	while (feed->count > 0)
		pthread_cond_wait(&feed->left, &feed->lock);
	pthread_mutex_unlock(&feed->lock);
}

void feed_stop(struct feed *feed)
{
	if (!feed)
		return;
	feed->stopping = true;
	ring(feed->end);
	doorbell_interrupt(feed->doorbell);
	pthread_join(feed->acceptor, NULL);
	pthread_join(feed->ringer, NULL);
	end_all(feed);
	finish(feed);
}

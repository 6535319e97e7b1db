#include "commands/media.h"

#include "commands/decision.h"
#include "schema/handlers.h"

#define DAY_US (24ll * 60 * 60 * 1000 * 1000)

static uint64_t day_of(int64_t time_us)
{
	return (uint64_t)(time_us / DAY_US);
}

void upload_on_media_uploaded(struct upload *upload, const struct media_uploaded *event)
{
	upload->exists = true;
}

/* Files in the order in which they were kept; a clock that went back begins the day anew, to nobody's harm. */
void media_day_on_media_uploaded(struct media_day *day, const struct media_uploaded *event)
{
	if (day->day != day_of(event->uploaded_at))
		*day = (struct media_day){.day = day_of(event->uploaded_at)};
	day->bytes += event->bytes;
}

static uint64_t brought(const struct media_day *day, int64_t time_us)
{
	return day->day == day_of(time_us) ? day->bytes : 0;
}

void upload_decide_record_media(const struct upload *upload, const struct media_day *media_day, const struct user *user,
                                const struct record_media *command, struct decision *decision)
{
	if (!user->exists || user->erased || user->suspended)
		refuse(decision, REFUSAL_account_closed);
	else if (upload->exists)
		return; /* nothing new */
	else if (brought(media_day, decision->time_us) + command->bytes > MEDIA_PERSON_DAY_BYTES_MAX)
		refuse_until(decision, REFUSAL_media_day_spent, (int64_t)(day_of(decision->time_us) + 1) * DAY_US);
	else
		emit(decision, media_uploaded, .media = command->media, .upload = command->upload,
		     .history = command->history, .uploader = command->uploader, .hash = command->hash,
		     .type = command->type, .bytes = command->bytes, .name = command->name,
		     .uploaded_at = decision->time_us);
}

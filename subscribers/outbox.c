#include "subscribers/mail.h"

#include "eventstore/disk/whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* RFC 5322 §3.3 date-time, in UTC. */
static void append_date(struct buffer *out, int64_t time_us)
{
	char      date[64];
	time_t    seconds = (time_t)(time_us / 1000000);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &utc);
	buffer_format(out, "Date: %s\r\n", date);
}

static void append_lines(struct buffer *out, struct text body)
{
	for (size_t i = 0; i < body.size; i++) {
		if (body.data[i] == '\n')
			buffer_append_text(out, TEXT("\r\n"));
		else
			buffer_append(out, BYTES(body.data + i, 1));
	}
}

void mail_format(const struct mail *mail, struct text from, struct text domain, struct buffer *out)
{
	char person[ID_TEXT_SIZE + 1];

	id_format(mail->person, person);
	append_date(out, mail->time_us);
	buffer_format(out, "From: Orrery <%.*s>\r\nTo: <%.*s>\r\nSubject: %.*s\r\n", TEXT_ARG(from), TEXT_ARG(mail->to),
	              TEXT_ARG(mail->subject));
	buffer_format(out, "Message-ID: <%" PRIu64 ".%s@%.*s>\r\n", mail->position, person, TEXT_ARG(domain));
	buffer_append_text(out, TEXT("MIME-Version: 1.0\r\nContent-Type: text/plain; "
	                             "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
	                             "Auto-Submitted: auto-generated\r\n\r\n"));
	append_lines(out, mail->body);
}

/* Without it no mail can be written, whichever it is. */
static bool folder_is_there(const struct file_outbox *files)
{
	return access(files->directory, W_OK | X_OK) == 0;
}

static enum status send_to_file(void *owner, const struct mail *mail)
{
	const struct file_outbox *files = owner;
	char                      path[PATH_MAX], person[ID_TEXT_SIZE + 1];
	struct buffer             message = {0};
	enum status               status;

	id_format(mail->person, person);
	snprintf(path, sizeof(path), "%s/%012" PRIu64 "-%s.eml", files->directory, mail->position, person);
	mail_format(mail, files->from, files->domain, &message);
	status = whole_file_write(path, buffer_bytes(&message), 0640);
	buffer_finish(&message);
	return status == STATUS_OK || folder_is_there(files) ? status : STATUS_UNREACHABLE;
}

static enum status forget_files(void *owner, struct id person)
{
	const struct file_outbox *files = owner;
	char                      id[ID_TEXT_SIZE + 1];
	DIR                      *directory = opendir(files->directory);
	struct dirent            *entry;
	enum status               status = STATUS_OK;

	if (!directory)
		return STATUS_UNREACHABLE;
	id_format(person, id);
	while ((entry = readdir(directory)))
		if (strstr(entry->d_name, id) && unlinkat(dirfd(directory), entry->d_name, 0) != 0 && errno != ENOENT)
			status = STATUS_IO;
	if (fsync(dirfd(directory)) != 0)
		status = STATUS_IO;
	closedir(directory);
	return status;
}

struct outbox file_outbox(struct file_outbox *files)
{
	return (struct outbox){.owner = files, .send = send_to_file, .forget = forget_files};
}

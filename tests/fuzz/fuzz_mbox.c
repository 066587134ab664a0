// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/recipient.h"
#include "lib/base/limits.h"
#include "lib/mail/mbox.h"
#include "lib/mail/mbox_reader.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct context *fresh_context(void)
{
	struct context *context = g_new0(struct context, 1);

	context->secrets = g_new0(struct secrets, 1);
	for (int i = 0; i < SECRET_PURPOSES; i++)
		context->secrets->rings[i].count = 1;
	return context;
}

static void check_message(const struct context *context, const char *at, gsize len)
{
	/* a copy of exact size, so that reading past it is seen */
	g_autofree char *copy = g_memdup2(at, len);
	g_autoptr(GPtrArray) addresses = mbox_recipients(len == 0 ? "" : copy, len);
	g_autofree char *recipient = recipient_of_message(context, len == 0 ? "" : copy, len);

	g_assert_cmpuint(addresses->len, <=, LIMIT_REPORT_RECIPIENTS);
	for (guint i = 0; i < addresses->len; i++) {
		const char *address = g_ptr_array_index(addresses, i);

		g_assert_true(g_utf8_validate(address, -1, NULL) && strchr(address, '@') != NULL);
	}
	g_assert_true(g_utf8_validate(recipient, -1, NULL));
	g_assert_cmpuint(strlen(recipient), <=, LIMIT_REPORT_FIELD);
}

/* From a file as from memory. */
static void check_reader(const char *data, gsize size)
{
	g_autofree char *path = NULL;
	int fd = memfd_create("mbox", MFD_CLOEXEC);
	const char *at = size == 0 ? "" : data, *end = at + size;
	struct mbox_reader *reader;

	g_assert_true(fd >= 0 && write(fd, at, size) == (gssize)size);
	path = g_strdup_printf("/proc/self/fd/%d", fd);
	reader = mbox_reader_open(path, size + 1, NULL);
	while (at < end) {
		const char *next = mbox_is(end - size, size) ? mbox_next(at, end) : end;
		g_autoptr(GBytes) message = NULL;

		g_assert_true(mbox_reader_next(reader, &message, NULL) && message != NULL);
		g_assert_cmpmem(g_bytes_get_data(message, NULL), g_bytes_get_size(message), at,
		                (gsize)(next - at));
		at = next;
	}
	mbox_reader_free(reader);
	close(fd);
}

/* However it is cut into messages, they stand one behind the other and nothing of the file is left out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct context *context;
	g_autofree char *copy = g_memdup2(data, size);
	const char *at = size == 0 ? "" : copy, *end = at + size;

	if (context == NULL)
		context = fresh_context();
	/* a line longer than that opens no message in a file */
	if (size < 60000)
		check_reader(copy, size);
	while (at < end) {
		const char *next = mbox_is(at, (gsize)(end - at)) ? mbox_next(at, end) : end, *start;
		gsize len;

		g_assert_true(next > at && next <= end);
		g_assert_true(next == end || mbox_is(next, (gsize)(end - next)));
		mbox_trim(at, (gsize)(next - at), &start, &len);
		g_assert_true(start >= at && start + len <= next);
		check_message(context, start, len);
		at = next;
	}
	return 0;
}

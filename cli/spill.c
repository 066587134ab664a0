// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/spill.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 512, BUFFER_PAGES = 64 }; /* numbers; pages read or written at once when merging */

struct spill {
	int fd;
	gsize count;
	GArray *firsts; /* of guint64: the first number of each page */
};

/* One end of a merge: numbers on their way from or to a file. */
struct flow {
	int fd;
	gint64 offset;
	gsize at;
	gsize len;
	guint64 numbers[PAGE * BUFFER_PAGES];
};

static int open_unnamed(GError **error)
{
	const char *set = g_getenv("TMPDIR");
	const char *folder = set != NULL && *set != '\0' ? set : "/var/tmp";
	g_autofree char *path = g_build_filename(folder, "carom-XXXXXX", NULL);
	int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		g_autofree char *what = g_strdup_printf("cannot make a temporary file in %s", folder);

		failure_set_errno(error, errno, what);
		return -1;
	}
	unlink(path);
	return fd;
}

struct spill *spill_new(GError **error)
{
	int fd = open_unnamed(error);
	struct spill *spill;

	if (fd < 0)
		return NULL;
	spill = g_new0(struct spill, 1);
	spill->fd = fd;
	spill->firsts = g_array_new(FALSE, FALSE, sizeof(guint64));
	return spill;
}

void spill_free(struct spill *spill)
{
	if (spill == NULL)
		return;
	close(spill->fd);
	g_array_unref(spill->firsts);
	g_free(spill);
}

/* All of it or an error. */
static gboolean read_at(int fd, void *bytes, gsize len, gint64 offset, GError **error)
{
	while (len > 0) {
		gssize got = pread(fd, bytes, len, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			failure_set_errno(error, got < 0 ? errno : EIO, "cannot read a temporary file");
			return FALSE;
		}
		bytes = (char *)bytes + got;
		len -= (gsize)got;
		offset += got;
	}
	return TRUE;
}

static gboolean write_at(int fd, const void *bytes, gsize len, gint64 offset, GError **error)
{
	while (len > 0) {
		gssize put = pwrite(fd, bytes, len, offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			failure_set_errno(error, errno, "cannot write a temporary file");
			return FALSE;
		}
		bytes = (const char *)bytes + put;
		len -= (gsize)put;
		offset += put;
	}
	return TRUE;
}

static gboolean flush(struct flow *out, GError **error)
{
	gsize len = out->len * sizeof(guint64);

	if (!write_at(out->fd, out->numbers, len, out->offset, error))
		return FALSE;
	out->offset += (gint64)len;
	out->len = 0;
	return TRUE;
}

static gboolean put(struct flow *out, GArray *firsts, guint64 number, GError **error)
{
	/* pages begin at multiples of PAGE in the buffer, too */
	if (out->len % PAGE == 0)
		g_array_append_val(firsts, number);
	out->numbers[out->len++] = number;
	return out->len < G_N_ELEMENTS(out->numbers) || flush(out, error);
}

/* left: numbers not read yet. */
static gboolean refill(struct flow *in, gsize *left, GError **error)
{
	gsize len;

	if (in->at < in->len || *left == 0)
		return TRUE;
	in->at = 0;
	in->len = MIN(*left, G_N_ELEMENTS(in->numbers));
	len = in->len * sizeof(guint64);
	if (!read_at(in->fd, in->numbers, len, in->offset, error))
		return FALSE;
	in->offset += (gint64)len;
	*left -= in->len;
	return TRUE;
}

static gboolean merge(const struct spill *spill, const guint64 *numbers, gsize count, struct flow *in,
                      struct flow *out, GArray *firsts, GError **error)
{
	gsize done = 0, left = spill->count;

	for (;;) {
		guint64 number;

		if (!refill(in, &left, error))
			return FALSE;
		if (in->at == in->len && done == count)
			return flush(out, error);
		if (in->at < in->len && (done == count || in->numbers[in->at] < numbers[done]))
			number = in->numbers[in->at++];
		else
			number = numbers[done++];
		if (!put(out, firsts, number, error))
			return FALSE;
	}
}

gboolean spill_merge(struct spill *spill, const guint64 *numbers, gsize count, GError **error)
{
	g_autofree struct flow *in = g_new0(struct flow, 1);
	g_autofree struct flow *out = g_new0(struct flow, 1);
	g_autoptr(GArray) firsts = g_array_new(FALSE, FALSE, sizeof(guint64));

	in->fd = spill->fd;
	out->fd = open_unnamed(error);
	if (out->fd < 0)
		return FALSE;
	if (!merge(spill, numbers, count, in, out, firsts, error)) {
		close(out->fd);
		return FALSE;
	}
	close(spill->fd);
	spill->fd = out->fd;
	spill->count += count;
	g_array_unref(spill->firsts);
	spill->firsts = g_steal_pointer(&firsts);
	return TRUE;
}

/* Index of the last of ascending numbers that is not above `number`, or -1. */
static gssize last_not_above(const guint64 *numbers, gsize count, guint64 number)
{
	gsize low = 0, high = count;

	while (low < high) {
		gsize middle = low + (high - low) / 2;

		if (numbers[middle] <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return (gssize)low - 1;
}

gboolean spill_has(const struct spill *spill, guint64 number, gboolean *has_out, GError **error)
{
	gssize page = last_not_above((const guint64 *)(void *)spill->firsts->data, spill->firsts->len,
	                             number);
	guint64 numbers[PAGE];
	gsize start, len;
	gssize at;

	*has_out = FALSE;
	if (page < 0)
		return TRUE;
	start = (gsize)page * PAGE;
	len = MIN(spill->count - start, PAGE);
	if (!read_at(spill->fd, numbers, len * sizeof(guint64), (gint64)(start * sizeof(guint64)), error))
		return FALSE;
	at = last_not_above(numbers, len, number);
	*has_out = at >= 0 && numbers[at] == number;
	return TRUE;
}

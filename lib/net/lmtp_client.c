// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/lmtp_client.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CHUNK = 65536 };

static gboolean set_timeout(int fd, int which, int timeout_ms)
{
	const struct timeval patience = {timeout_ms / 1000, timeout_ms % 1000 * 1000};

	return setsockopt(fd, SOL_SOCKET, which, &patience, sizeof(patience)) == 0;
}

int lmtp_client_connect(const char *listen, int timeout_ms, int reply_ms, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot connect to %s", listen);
	struct sockaddr_storage address;
	socklen_t len;
	int fd, saved;

	if (!listener_address_read(listen, &address, &len, error))
		return -1;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* SO_SNDTIMEO holds for connect() as well: socket(7) */
	if (fd >= 0 && set_timeout(fd, SO_SNDTIMEO, timeout_ms) &&
	    connect(fd, (struct sockaddr *)&address, len) == 0 && set_timeout(fd, SO_SNDTIMEO, reply_ms) &&
	    set_timeout(fd, SO_RCVTIMEO, reply_ms))
		return fd;
	saved = errno;
	failure_set_errno(error, saved, what);
	if (fd >= 0)
		close(fd);
	return -1;
}

static gboolean send_all(int fd, const char *bytes, gsize len)
{
	while (len > 0) {
		gssize put = send(fd, bytes, len, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return FALSE;
		bytes += put;
		len -= (gsize)put;
	}
	return TRUE;
}

/* The last lines of so many replies: their codes, three digits each. FALSE: silence, or the end. */
static gboolean read_codes(int fd, int count, GString *codes)
{
	g_autoptr(GString) line = g_string_new(NULL);
	char buffer[4096];

	while (codes->len < (gsize)count * 3) {
		gssize got = recv(fd, buffer, sizeof(buffer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return FALSE;
		for (gssize i = 0; i < got; i++) {
			if (buffer[i] != '\n') {
				if (line->len < LIMIT_SMTP_REPLY)
					g_string_append_c(line, buffer[i]);
				continue;
			}
			/* "250-" goes on */
			if (line->len >= 3 && line->str[3] != '-')
				g_string_append_len(codes, line->str, 3);
			g_string_truncate(line, 0);
		}
	}
	return TRUE;
}

static gboolean can_stand(const char *recipient)
{
	gsize len = strlen(recipient);

	if (len == 0 || len > LIMIT_ADDRESS || !g_utf8_validate(recipient, (gssize)len, NULL))
		return FALSE;
	for (const char *c = recipient; *c != '\0'; c++)
		if (!g_ascii_isgraph(*c) ? (guchar)*c < 0x80 : strchr("<>\"\\", *c) != NULL)
			return FALSE;
	return TRUE;
}

gboolean lmtp_client_offer(int fd, const char *recipient)
{
	g_autofree char *commands = NULL;
	g_autoptr(GString) codes = g_string_new(NULL);

	if (!can_stand(recipient))
		return FALSE;
	commands = g_strdup_printf("LHLO localhost\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n", recipient);
	/* greeting, LHLO, MAIL, RCPT, DATA; without a recipient the last is no 354 */
	return send_all(fd, commands, strlen(commands)) && read_codes(fd, 5, codes) &&
	       strcmp(codes->str, "220250250250354") == 0;
}

/* Where in a line of content we are. */
struct stuffing {
	gboolean is_line_start;
	gboolean is_after_cr;
};

/* CRLF line ends, and another dot before one that begins a line. */
static void append_stuffed(GString *out, const char *bytes, gsize len, struct stuffing *stuffing)
{
	for (gsize i = 0; i < len; i++) {
		if (bytes[i] == '\n' && !stuffing->is_after_cr)
			g_string_append_c(out, '\r');
		if (bytes[i] == '.' && stuffing->is_line_start)
			g_string_append_c(out, '.');
		g_string_append_c(out, bytes[i]);
		stuffing->is_line_start = bytes[i] == '\n';
		stuffing->is_after_cr = bytes[i] == '\r';
	}
}

gboolean lmtp_client_send(int fd, int input, gsize max)
{
	g_autoptr(GString) out = g_string_sized_new(2 * CHUNK);
	g_autoptr(GString) codes = g_string_new(NULL);
	struct stuffing stuffing = {TRUE, FALSE};
	char buffer[CHUNK];
	gsize left = max;

	for (;;) {
		gssize got = read(input, buffer, sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FALSE;
		if (got == 0)
			break;
		append_stuffed(out, buffer, MIN((gsize)got, left), &stuffing);
		left -= MIN((gsize)got, left);
		if (out->len >= CHUNK) {
			if (!send_all(fd, out->str, out->len))
				return FALSE;
			g_string_truncate(out, 0);
		}
	}
	g_string_append(out, stuffing.is_line_start ? ".\r\nQUIT\r\n" : "\r\n.\r\nQUIT\r\n");
	return send_all(fd, out->str, out->len) && read_codes(fd, 1, codes) &&
	       strncmp(codes->str, "250", 3) == 0;
}

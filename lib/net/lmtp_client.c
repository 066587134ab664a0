// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/lmtp_client.h"

#include "lib/base/limits.h"
#include "lib/net/listen_address.h"

#include <errno.h>
#include <stdio.h>
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

int lmtp_client_connect(const char *listen, int timeout_ms, int reply_ms)
{
	struct sockaddr_storage address;
	socklen_t len;
	int fd, saved;

	if (!listen_address_read(listen, &address, &len)) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* SO_SNDTIMEO holds for connect() as well: socket(7) */
	if (fd >= 0 && set_timeout(fd, SO_SNDTIMEO, timeout_ms) &&
	    connect(fd, (struct sockaddr *)&address, len) == 0 && set_timeout(fd, SO_SNDTIMEO, reply_ms) &&
	    set_timeout(fd, SO_RCVTIMEO, reply_ms))
		return fd;
	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
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
static gboolean read_codes(int fd, int count, char *codes)
{
	char buffer[4096], start[4] = "";
	gsize at = 0;

	while (count > 0) {
		gssize got = recv(fd, buffer, sizeof(buffer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return FALSE;
		for (gssize i = 0; i < got && count > 0; i++) {
			if (buffer[i] != '\n') {
				if (at < sizeof(start))
					start[at++] = buffer[i];
				continue;
			}
			/* "250-" goes on */
			if (at == sizeof(start) && start[3] != '-') {
				memcpy(codes, start, 3);
				codes += 3;
				count--;
			}
			at = 0;
		}
	}
	*codes = '\0';
	return TRUE;
}

static gboolean can_stand(const char *recipient)
{
	gsize len = strlen(recipient);

	if (len == 0 || len > LIMIT_ADDRESS)
		return FALSE;
	for (const char *c = recipient; *c != '\0'; c++)
		if (*c <= ' ' ? (guchar)*c < 0x80 : strchr("<>\"\\\x7f", *c) != NULL)
			return FALSE;
	return TRUE;
}

gboolean lmtp_client_offer(int fd, const char *recipient)
{
	char commands[LIMIT_ADDRESS + 100], codes[5 * 3 + 1];
	int len;

	if (!can_stand(recipient))
		return FALSE;
	len = snprintf(commands, sizeof(commands),
	               "LHLO localhost\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n", recipient);
	/* greeting, LHLO, MAIL, RCPT, DATA; without a recipient the last is no 354 */
	return send_all(fd, commands, (gsize)len) && read_codes(fd, 5, codes) &&
	       strcmp(codes, "220250250250354") == 0;
}

/* Where in a line of content we are. */
struct stuffing {
	gboolean is_line_start;
	gboolean is_after_cr;
};

/* CRLF line ends, and another dot before one that begins a line. out: room for twice the bytes; gives those
 * written. */
static gsize stuff(char *out, const char *bytes, gsize len, struct stuffing *stuffing)
{
	char *end = out;

	for (gsize i = 0; i < len; i++) {
		if (bytes[i] == '\n' && !stuffing->is_after_cr)
			*end++ = '\r';
		if (bytes[i] == '.' && stuffing->is_line_start)
			*end++ = '.';
		*end++ = bytes[i];
		stuffing->is_line_start = bytes[i] == '\n';
		stuffing->is_after_cr = bytes[i] == '\r';
	}
	return (gsize)(end - out);
}

gboolean lmtp_client_send(int fd, int input, gsize max)
{
	static const char ends[] = "\r\n.\r\nQUIT\r\n";
	char buffer[CHUNK], out[2 * CHUNK + sizeof(ends)], code[4];
	struct stuffing stuffing = {TRUE, FALSE};
	gsize left = max, waiting = 0;

	for (;;) {
		gssize got = read(input, buffer, sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FALSE;
		if (got == 0)
			break;
		/* a small message goes out together with its end */
		if (waiting + 2 * (gsize)got > 2 * CHUNK) {
			if (!send_all(fd, out, waiting))
				return FALSE;
			waiting = 0;
		}
		waiting += stuff(out + waiting, buffer, MIN((gsize)got, left), &stuffing);
		left -= MIN((gsize)got, left);
	}
	memcpy(out + waiting, ends, sizeof(ends));
	if (stuffing.is_line_start)
		memcpy(out + waiting, ends + 2, sizeof(ends) - 2);
	waiting += strlen(out + waiting);
	return send_all(fd, out, waiting) && read_codes(fd, 1, code) && strncmp(code, "250", 3) == 0;
}

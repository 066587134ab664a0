// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, TYPE_CNAME = 5, DEFAULT_TTL = 60, NO_DATA_TTL = 30 };

static void put16(GByteArray *out, unsigned value)
{
	guint8 bytes[] = {(guint8)(value >> 8), (guint8)value};

	g_byte_array_append(out, bytes, sizeof(bytes));
}

static void put32(GByteArray *out, unsigned value)
{
	put16(out, value >> 16);
	put16(out, value & 0xffff);
}

static void put_name(GByteArray *out, const char *name)
{
	g_auto(GStrv) labels = g_strsplit(strcmp(name, ".") == 0 ? "" : name, ".", -1);

	for (char **label = labels; *label != NULL; label++) {
		guint8 len = (guint8)strlen(*label);

		g_byte_array_append(out, &len, 1);
		g_byte_array_append(out, (const guint8 *)*label, len);
	}
	g_byte_array_append(out, (const guint8 *)"", 1);
}

static unsigned type_number(const char *type)
{
	static const struct {
		const char *name;
		unsigned number;
	} types[] = {{"A", 1}, {"CNAME", TYPE_CNAME}, {"PTR", 12}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28}};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].name, type) == 0)
			return types[i].number;
	g_error("name server: type %s?", type);
}

static void put_rdata(GByteArray *out, const struct name_line *line)
{
	guint8 bytes[16];
	gint64 preference;
	char *rest;

	if (strcmp(line->answer, "!GARBAGE") == 0) {
		g_byte_array_append(out, (const guint8 *)"\x00\x01\x07", 3);
	} else if (strcmp(line->type, "A") == 0 || strcmp(line->type, "AAAA") == 0) {
		gboolean is_four = line->type[1] == '\0';

		g_assert_cmpint(inet_pton(is_four ? AF_INET : AF_INET6, line->answer, bytes), ==, 1);
		g_byte_array_append(out, bytes, is_four ? 4 : 16);
	} else if (strcmp(line->type, "MX") == 0) {
		preference = g_ascii_strtoll(line->answer, &rest, 10);
		put16(out, (unsigned)preference);
		put_name(out, rest + 1);
	} else if (strcmp(line->type, "TXT") == 0) {
		for (const char *at = line->answer; *at != '\0';) {
			guint8 len = (guint8)MIN(strlen(at), 200);

			g_byte_array_append(out, &len, 1);
			g_byte_array_append(out, (const guint8 *)at, len);
			at += len;
		}
	} else {
		put_name(out, line->answer);
	}
}

static void put_record(GByteArray *out, const struct name_line *line)
{
	g_autoptr(GByteArray) rdata = g_byte_array_new();

	put_rdata(rdata, line);
	put_name(out, line->name);
	put16(out, type_number(line->type));
	put16(out, 1);
	put32(out, (unsigned)(line->ttl != 0 ? line->ttl : DEFAULT_TTL));
	put16(out, rdata->len);
	g_byte_array_append(out, rdata->data, rdata->len);
}

static char *read_question(const guint8 *bytes, gsize len, gsize *end_out)
{
	GString *name = g_string_new(NULL);
	gsize at = HEADER;

	while (at < len && bytes[at] != 0 && at + 1 + bytes[at] < len) {
		if (name->len > 0)
			g_string_append_c(name, '.');
		g_string_append_len(name, (const char *)bytes + at + 1, bytes[at]);
		at += 1U + bytes[at];
	}
	*end_out = MIN(at + 5, len);
	return g_string_free(name, FALSE);
}

static int code_of(const char *answer)
{
	if (strcmp(answer, "!SERVFAIL") == 0)
		return 2;
	if (strcmp(answer, "!NXDOMAIN") == 0)
		return 3;
	return strcmp(answer, "!REFUSED") == 0 ? 5 : 0;
}

/* FALSE: no reply at all. */
static gboolean reply(struct name_server *server, const guint8 *bytes, gsize len, GByteArray *out)
{
	gsize end;
	g_autofree char *name = read_question(bytes, len, &end);
	unsigned type = (unsigned)(bytes[end - 4] << 8 | bytes[end - 3]), count = 0;
	int code = 3;

	g_byte_array_append(out, bytes, (guint)end);
	for (const struct name_line *line = server->lines; line->name != NULL; line++) {
		if (g_ascii_strcasecmp(line->name, name) != 0)
			continue;
		if (code == 3 && strcmp(line->answer, "!NXDOMAIN") != 0)
			code = 0;
		if (type_number(line->type) != type && strcmp(line->type, "CNAME") != 0)
			continue;
		if (strcmp(line->answer, "!SILENT") == 0)
			return FALSE;
		if (line->answer[0] == '!' && strcmp(line->answer, "!GARBAGE") != 0) {
			code = code_of(line->answer);
			continue;
		}
		put_record(out, line);
		count++;
	}
	out->data[2] = 0x84 | (bytes[2] & 1); /* answer, authoritative */
	out->data[3] = (guint8)(0x80 | code);
	out->data[6] = 0;
	out->data[7] = (guint8)count;
	memset(out->data + 8, 0, 4);
	return TRUE;
}

static void *serve(void *user)
{
	struct name_server *server = user;
	struct pollfd wait[] = {{.fd = server->fd, .events = POLLIN},
	                        {.fd = server->stop_fd, .events = POLLIN}};

	while (poll(wait, 2, -1) >= 0 && wait[1].revents == 0) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		guint8 bytes[2048];
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		gssize got = recvfrom(server->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
		                      &from_len);
		gboolean has_reply;

		if (got < HEADER + 5)
			continue;
		g_mutex_lock(&server->lock);
		server->asked++;
		has_reply = reply(server, bytes, (gsize)got, out);
		g_mutex_unlock(&server->lock);
		if (has_reply)
			sendto(server->fd, out->data, out->len, 0, (struct sockaddr *)&from, from_len);
	}
	return NULL;
}

void name_server_start(struct name_server *server, const struct name_line *lines)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	memset(server, 0, sizeof(*server));
	g_mutex_init(&server->lock);
	server->lines = lines;
	server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (bind(server->fd, (struct sockaddr *)&at, len) != 0 ||
	    getsockname(server->fd, (struct sockaddr *)&at, &len) != 0)
		g_error("name server: no socket");
	server->address = g_strdup_printf("127.0.0.1@%u", ntohs(at.sin_port));
	server->thread = g_thread_new("names", serve, server);
}

void name_server_set(struct name_server *server, const struct name_line *lines)
{
	g_mutex_lock(&server->lock);
	server->lines = lines;
	g_mutex_unlock(&server->lock);
}

void name_server_stop(struct name_server *server)
{
	guint64 one = 1;

	if (write(server->stop_fd, &one, sizeof(one)) < 0)
		g_error("name server: not stopped");
	g_thread_join(server->thread);
	close(server->fd);
	close(server->stop_fd);
	g_free(server->address);
	g_mutex_clear(&server->lock);
}

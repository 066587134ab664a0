// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/httpd.h"
#include "lib/net/httpd_text.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct httpd *httpd;
static char *folder, *path;

static void clean_up(void)
{
	httpd_stop(httpd);
	rmdir(folder);
	g_free(path);
	g_free(folder);
}

static void check_text(const char *text)
{
	if (!g_utf8_validate(text, -1, NULL))
		abort();
}

static void check_request(const struct http_request *request, struct http_response *response, void *user)
{
	GHashTableIter iter;
	gpointer name, value;

	(void)user;
	if (request->path[0] != '/' ||
	    (strcmp(request->method, "GET") != 0 && strcmp(request->method, "POST") != 0))
		abort();
	check_text(request->path);
	g_hash_table_iter_init(&iter, request->form);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		check_text(name);
		check_text(value);
	}
	g_string_append(response->body, "ok");
}

static void ask(const char *bytes, gsize len)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[4096];

	g_strlcpy(to.sun_path, path, sizeof(to.sun_path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		abort();
	if (send(fd, bytes, len, MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
	else
		shutdown(fd, SHUT_RDWR);
	while (recv(fd, answer, sizeof(answer), 0) > 0)
		continue;
	close(fd);
}

/* First byte: 0 a raw request, 1 an urlencoded form, 2 a multipart form, else text read by hand. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = size > 0 ? g_strndup((const char *)data + 1, size - 1) : g_strdup("");
	g_autoptr(GString) request = g_string_new(NULL);
	g_autofree char *decoded = http_path_decode(text), *client = http_forwarded_client(text);

	if (decoded != NULL && (decoded[0] != '/' || strlen(decoded) > strlen(text)))
		abort();
	if (client != NULL) {
		g_autofree char *again = http_forwarded_client(client);

		if (g_strcmp0(client, again) != 0)
			abort();
	}
	if (size == 0 || data[0] > 2 || size > 16384)
		return 0;
	if (httpd == NULL) {
		g_autofree char *listen = NULL;
		struct httpd_config config = {.threads = 1};

		folder = g_dir_make_tmp("carom-fuzz-XXXXXX", NULL);
		signal(SIGPIPE, SIG_IGN);
		path = g_build_filename(folder, "s", NULL);
		config.listen = listen = g_strconcat("unix:", path, NULL);
		httpd = httpd_start(&config, check_request, NULL, NULL);
		if (httpd == NULL)
			abort();
		atexit(clean_up);
	}
	if (data[0] > 0)
		g_string_append_printf(
		        request,
		        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\n"
		        "Content-Length: %zu\r\n\r\n",
		        data[0] == 1 ? "application/x-www-form-urlencoded"
		                     : "multipart/form-data; boundary=b",
		        size - 1);
	g_string_append_len(request, (const char *)data + 1, (gssize)size - 1);
	ask(request->str, request->len);
	return 0;
}

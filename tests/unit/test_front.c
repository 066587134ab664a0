// SPDX-License-Identifier: GPL-3.0-or-later
/* The front of bounced --pipe reads carom.conf by itself: it must find what lib/run/settings finds, or leave
 * it alone. */
#include "bounced/front_settings.h"
#include "lib/base/file.h"
#include "lib/net/listen_address.h"
#include "lib/run/settings.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>

#define RELAY "[relay:main]\nhost = 127.0.0.1\n[web]\nbase_url = https://x.example\n"
#define CAROM "[carom]\nhostname = lists.example.org\n"

static const struct {
	const char *text;
	gboolean is_left; /* to the full program */
} configurations[] = {
        {CAROM RELAY "[bounce]\nlmtp = unix:/run/carom/b.sock\n", FALSE},
        {CAROM RELAY "[bounce]\nlmtp = unix:b.sock", FALSE},
        {"\xef\xbb\xbf" CAROM "database=x/y.db\r\n" RELAY "  [bounce] \r\n\tlmtp\t= 127.0.0.1:2424 \t\r\n",
         FALSE},
        {CAROM "database = /var/lib/carom/c.db\n# database = other\n[bounce]\nlmtp = [::1]:2424\n" RELAY,
         FALSE},
        {CAROM RELAY "[bounce]\n#lmtp = unix:a\nmaildir = lmtp\nlmtp = unix:dir/with = sign\n", FALSE},
        /* no daemon to reach */
        {CAROM RELAY, TRUE},
        {CAROM RELAY "[bounce]\nmaildir = new\n", TRUE},
        {CAROM RELAY "[log]\n# [bounce]\n# lmtp = unix:a\n", TRUE},
        /* which settings_read() refuses */
        {CAROM RELAY "[bounce]\nlmtp = unix:a\nlmtp = unix:b\n", TRUE},
        {CAROM "database = a\ndatabase = b\n" RELAY "[bounce]\nlmtp = unix:a\n", TRUE},
        {CAROM RELAY "[bounce]\nlmtp =\n", TRUE},
        {CAROM RELAY "[bounce]\nlmtp = unix:a # here\n", TRUE},
        {"lmtp = unix:a\n" CAROM RELAY, TRUE},
};

static void write_file(const char *path, const char *text, gsize len)
{
	g_autoptr(GError) error = NULL;

	file_write(path, text, len, 0600, &error);
	g_assert_no_error(error);
}

/* Both readers on one file. */
static void compare(const char *path, gsize i)
{
	struct front_settings *front = g_new(struct front_settings, 1);
	struct settings *settings = settings_read(path, NULL);
	gboolean is_read = front_settings_read(path, NULL, front);

	g_assert_cmpint(is_read, ==, !configurations[i].is_left);
	if (is_read) {
		g_assert_nonnull(settings);
		g_assert_cmpstr(front->lmtp, ==, settings->lmtp);
		g_assert_cmpstr(front->database, ==, settings->database);
	} else if (settings != NULL) {
		g_assert_null(settings->lmtp);
	}
	g_clear_pointer(&settings, settings_free);
	g_free(front);
}

static void the_two_readers_agree(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "c.conf", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(configurations); i++) {
		write_file(path, configurations[i].text, strlen(configurations[i].text));
		compare(path, i);
	}
	g_remove(path);
	g_rmdir(top);
}

static void the_place_is_the_one_that_settings_find_names(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "c.conf", NULL);
	g_autofree struct front_settings *front = g_new(struct front_settings, 1);

	write_file(path, configurations[0].text, strlen(configurations[0].text));
	g_assert_true(front_settings_read(NULL, path, front));
	g_assert_true(front_settings_read(path, "/nonexistent/c.conf", front));
	g_assert_false(front_settings_read("/nonexistent/c.conf", path, front));
	g_assert_false(front_settings_read(top, NULL, front));
	g_remove(path);
	g_rmdir(top);
}

static void what_is_no_plain_file_is_left_unread(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "c.conf", NULL);
	g_autofree struct front_settings *front = g_new(struct front_settings, 1);
	g_autofree char *big = g_strnfill(sizeof(front->text), '\n');

	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	g_assert_false(front_settings_read(path, NULL, front));
	g_remove(path);
	/* longer than the front reads; and with a NUL in it */
	memcpy(big, configurations[0].text, strlen(configurations[0].text));
	write_file(path, big, sizeof(front->text));
	g_assert_false(front_settings_read(path, NULL, front));
	write_file(path, big, sizeof(front->text) - 1);
	g_assert_true(front_settings_read(path, NULL, front));
	big[1000] = '\0';
	write_file(path, big, 2000);
	g_assert_false(front_settings_read(path, NULL, front));
	g_remove(path);
	g_rmdir(top);
}

static void addresses_to_listen_on_are_read(void)
{
	static const char *const bad[] = {"",        ":25",        "127.0.0.1",    "127.0.0.1:",
	                                  "host:25", "unix:",      "127.0.0.1:+5", "127.0.0.1:65536",
	                                  "[::1]25", "[::1:2424]", "1.2.3.4.5:25", "127.0.0.1:000025"};
	g_autofree char *long_path = g_strnfill(108, 'a'),
	                *long_text = g_strconcat("unix:/", long_path, NULL);
	struct sockaddr_storage address;
	socklen_t len;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(listen_address_read(bad[i], &address, &len));
	g_assert_false(listen_address_read(long_text, &address, &len));
	g_assert_true(listen_address_read("127.0.0.1:2424", &address, &len));
	g_assert_cmpint(((struct sockaddr_in *)(void *)&address)->sin_port, ==, g_htons(2424));
	g_assert_true(listen_address_read("[::1]:0", &address, &len));
	g_assert_cmpint(address.ss_family, ==, AF_INET6);
	g_assert_true(listen_address_read("unix:a", &address, &len));
	g_assert_cmpint(address.ss_family, ==, AF_UNIX);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/front/the_two_readers_agree", the_two_readers_agree);
	g_test_add_func("/front/the_place_is_the_one_that_settings_find_names",
	                the_place_is_the_one_that_settings_find_names);
	g_test_add_func("/front/what_is_no_plain_file_is_left_unread", what_is_no_plain_file_is_left_unread);
	g_test_add_func("/front/addresses_to_listen_on_are_read", addresses_to_listen_on_are_read);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bounced/maildir.h"
#include "bounced/receive.h"
#include "bounced/recipient.h"
#include "lib/base/limits.h"
#include "lib/net/lmtp_client.h"
#include "lib/net/lmtp_server.h"
#include "lib/store/migrate.h"

#include "tests/unit/action_fixture.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567ab"

static void drop_context(struct context *context)
{
	g_clear_pointer(&context->rules, rules_free);
	context_close(context);
}

static void only_the_addresses_of_the_map_are_ours(void)
{
	static const struct {
		const char *address;
		gboolean is_ours;
	} cases[] = {
	        {"b+" TOKEN "@lists.test", TRUE},
	        {"B+" TOKEN "@LISTS.test", TRUE},
	        {"u+" TOKEN "@lists.test", TRUE},
	        {"c+" TOKEN "@lists.test", TRUE},
	        {"d+" TOKEN "@lists.test", FALSE},
	        {"b-" TOKEN "@lists.test", FALSE},
	        {"b+" TOKEN "a@lists.test", FALSE},
	        {"b+1" TOKEN "@lists.test", FALSE},
	        {"b+1bcdefghijklmnopqrstuvwxyz234567ab@lists.test", FALSE},
	        {"b+" TOKEN "@other.test", FALSE},
	        {"b+" TOKEN, FALSE},
	        {"b+" TOKEN "@x@lists.test", FALSE},
	        {"+@lists.test", FALSE},
	        {"@lists.test", FALSE},
	        {"", FALSE},
	        {"fbl@lists.test", TRUE},
	        {"abuse@lists.test", TRUE},
	        {"abuse@other.test", FALSE},
	        {"Postmaster", TRUE},
	        {"postmaster@lists.test", TRUE},
	        {"postmaster@other.test", FALSE},
	        {"news-subscribe@lists.test", TRUE},
	        {"NEWS-unsubscribe@lists.test", TRUE},
	        {"news-help@lists.test", TRUE},
	        {"news-owner@lists.test", TRUE},
	        {"news@lists.test", FALSE},
	        {"news-other@lists.test", FALSE},
	        {"old-help@lists.test", FALSE},
	        {"-help@lists.test", FALSE},
	};
	struct context *context = fresh_context();

	list_free(fresh_list(context, "news", FALSE));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gboolean is_ours = !cases[i].is_ours;

		assert_ok(recipient_is_ours(context, cases[i].address, &is_ours, &failure));
		if (is_ours != cases[i].is_ours)
			g_error("%s", cases[i].address);
	}
	drop_context(context);
}

static void a_domain_in_letters_is_the_one_in_a_labels(void)
{
	static const struct {
		const char *address;
		gboolean is_ours;
	} cases[] = {
	        {"fbl@listen.b\xc3\xbc"
	         "cher.test",
	         TRUE},
	        {"b+" TOKEN "@Listen.B\xc3\x9c"
	         "cher.test",
	         TRUE},
	        {"fbl@listen.xn--bcher-kva.test", TRUE},
	        {"j\xc3\xb6rg@listen.b\xc3\xbc"
	         "cher.test",
	         FALSE},
	        {"fbl@b\xc3\xbc"
	         "cher.test",
	         FALSE},
	};
	struct context *context = fresh_context();

	g_free(context->settings->bounce_domain);
	context->settings->bounce_domain = g_strdup("listen.xn--bcher-kva.test");
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gboolean is_ours = !cases[i].is_ours;

		assert_ok(recipient_is_ours(context, cases[i].address, &is_ours, &failure));
		if (is_ours != cases[i].is_ours)
			g_error("%s", cases[i].address);
	}
	drop_context(context);
}

static void the_envelope_recipient_stands_on_top(void)
{
	static const struct {
		const char *message, *recipient;
	} cases[] = {
	        {"Delivered-To: a@b\nSubject: x\n\nhi", "a@b"},
	        {"Return-Path: <>\r\nDelivered-To: c@d\r\nX-Original-To: <a@b>\r\n\r\nhi", "a@b"},
	        {"X-Original-To:\n a@b\nX-Original-To: c@d\n\n", "a@b"},
	        {"envelope-to: a@b\n", "a@b"},
	        {"Received: by x\nDelivered-To: a@b\n\n", ""},
	        {"Subject: x\n\nDelivered-To: a@b\n", ""},
	        {"From a Mon Jan 1\nDelivered-To: a@b\n\n", "a@b"},
	        {"Delivered-To: \xff@b\n\n", "\xef\xbf\xbd@b"},
	        {"\nDelivered-To: a@b\n", ""},
	        {"", ""},
	};

	struct context *context = fresh_context();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		/* a copy of exact size, so that reading past it is seen */
		g_autofree char *copy = g_memdup2(cases[i].message, strlen(cases[i].message));
		g_autofree char *got = recipient_of_message(context, copy, strlen(cases[i].message));

		g_assert_cmpstr(got, ==, cases[i].recipient);
	}
	drop_context(context);
}

/* Mail that was fetched from a mailbox elsewhere has that on top. */
static void a_genuine_token_is_found_below(void)
{
	struct context *context = fresh_context();
	g_autofree char *sender = context_envelope_sender(context, 7, 20000);
	g_autofree char *ours = g_strdup_printf("Received: from mailbox\nFrom: a@b\nTo: <%s>\n\n", sender);
	g_autofree char *top = g_strdup_printf("Delivered-To: c@d\nTo: <%s>\n\n", sender);
	g_autofree char *body = g_strdup_printf("Received: x\nTo: a@b\n\nTo: %s\n", sender);
	g_autofree char *first = recipient_of_message(context, ours, strlen(ours));
	g_autofree char *second = recipient_of_message(context, top, strlen(top));
	g_autofree char *third = recipient_of_message(context, body, strlen(body));

	g_assert_cmpstr(first, ==, sender);
	g_assert_cmpstr(second, ==, "c@d");
	g_assert_cmpstr(third, ==, "");
	drop_context(context);
}

/* A Maildir of the test's own. */
struct place {
	struct context *context;
	struct maildir *maildir;
	char *path;
};

static void open_place(struct place *place)
{
	static const char *const folders[] = {"new", "tmp"};

	place->context = fresh_context();
	place->path = make_folder();
	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *path = g_build_filename(place->path, folders[i], NULL);

		g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	}
	place->maildir = maildir_new(place->path);
}

static char *path_of(const struct place *place, const char *name)
{
	return g_build_filename(place->path, name, NULL);
}

static gboolean is_there(const struct place *place, const char *name)
{
	g_autofree char *path = path_of(place, name);
	struct stat status;

	return lstat(path, &status) == 0;
}

static void put(const struct place *place, const char *name, const char *text)
{
	g_autofree char *path = path_of(place, name);
	/* not by a temporary name beside it, which may be too long */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	g_assert_cmpint(write(fd, text, strlen(text)), ==, (gssize)strlen(text));
	g_assert_cmpint(close(fd), ==, 0);
}

static guint count_files(const struct place *place, const char *name)
{
	g_autofree char *path = path_of(place, name);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	guint count = 0;

	while (folder != NULL && g_dir_read_name(folder) != NULL)
		count++;
	return count;
}

static int take(struct place *place)
{
	int taken = 0, all = 0;
	gboolean has_more = TRUE;

	while (has_more) {
		assert_ok(maildir_take(place->maildir, place->context, &taken, &has_more, &failure));
		all += taken;
	}
	return all;
}

static void close_place(struct place *place)
{
	static const char *const folders[] = {".failed/new", ".failed/cur", ".failed/tmp", ".failed",
	                                      "new",         "cur",         "tmp",         ""};

	maildir_free(place->maildir);
	drop_context(place->context);
	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
		drop_folder(g_build_filename(place->path, folders[i], NULL));
	g_free(place->path);
}

static void mail_moves_to_cur_when_it_is_stored(void)
{
	struct place place;

	open_place(&place);
	put(&place, "new/2.b", "Delivered-To: fbl@lists.test\n\nb\n");
	put(&place, "new/1.a", "\na\n");
	put(&place, "new/.hidden", "x");
	g_assert_cmpint(take(&place), ==, 2);
	g_assert_cmpint(ask(place.context->store, "SELECT count(*) FROM bounce WHERE source = 'maildir' AND "
	                                          "state = 'unread'"),
	                ==, 2);
	g_assert_cmpint(ask(place.context->store, "SELECT id FROM bounce WHERE envelope_recipient = "
	                                          "'fbl@lists.test'"),
	                ==, 2);
	g_assert_true(is_there(&place, "cur/1.a:2,"));
	g_assert_true(is_there(&place, "cur/2.b:2,"));
	g_assert_false(is_there(&place, "new/1.a"));
	g_assert_true(is_there(&place, "new/.hidden"));
	close_place(&place);
}

static void what_cannot_be_read_is_put_aside_and_stops_nothing(void)
{
	g_autofree char *link = NULL, *folder = NULL, *fifo = NULL;
	struct place place;

	open_place(&place);
	link = path_of(&place, "new/1.link");
	folder = path_of(&place, "new/2.folder");
	fifo = path_of(&place, "new/3.fifo");
	g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	put(&place, "new/4.good", "\na\n");
	g_assert_cmpint(take(&place), ==, 1);
	g_assert_true(is_there(&place, ".failed/new/1.link"));
	g_assert_true(is_there(&place, ".failed/new/2.folder"));
	g_assert_true(is_there(&place, ".failed/new/3.fifo"));
	g_assert_true(is_there(&place, "cur/4.good:2,"));
	close_place(&place);
}

/* Nothing is deleted, whatever names come twice, and a name with no room for the mark of a read one is stored
 * once. */
static void names_in_cur_do_not_take_each_others_place(void)
{
	g_autofree char *longest = g_strnfill(255 - strlen("1."), 'x');
	g_autofree char *name = g_strconcat("new/1.", longest, NULL), *old = NULL, *aside = NULL,
	                *kept = NULL;
	struct place place;

	open_place(&place);
	put(&place, "new/1", "\na\n");
	g_assert_cmpint(take(&place), ==, 1);
	put(&place, "new/1", "\nb\n");
	g_assert_cmpint(take(&place), ==, 1);
	old = path_of(&place, "cur/1:2,");
	g_assert_true(g_file_get_contents(old, &kept, NULL, NULL));
	g_assert_cmpstr(kept, ==, "\na\n");
	g_assert_cmpuint(count_files(&place, "cur"), ==, 2);
	g_assert_cmpuint(count_files(&place, "new"), ==, 0);

	put(&place, name, "\nc\n");
	g_assert_cmpint(take(&place), ==, 1);
	g_assert_cmpuint(count_files(&place, "new"), ==, 0);
	g_assert_cmpuint(count_files(&place, "cur"), ==, 3);

	for (int i = 0; i < 2; i++) {
		aside = path_of(&place, "new/link");
		g_assert_cmpint(symlink(i == 0 ? "/one" : "/two", aside), ==, 0);
		g_clear_pointer(&aside, g_free);
		g_assert_cmpint(take(&place), ==, 0);
	}
	g_assert_cmpuint(count_files(&place, ".failed/new"), ==, 2);
	close_place(&place);
}

/* More than go into one look at the folder. */
static void a_large_folder_is_taken_in_the_order_of_names(void)
{
	enum { MESSAGES = 450 };
	struct place place;

	open_place(&place);
	for (int i = 0; i < MESSAGES; i++) {
		g_autofree char *name = g_strdup_printf("new/%04d", MESSAGES - i);
		g_autofree char *text = g_strdup_printf("Delivered-To: %04d@x\n\n", MESSAGES - i);

		put(&place, name, text);
	}
	g_assert_cmpint(take(&place), ==, MESSAGES);
	g_assert_cmpuint(count_files(&place, "cur"), ==, MESSAGES);
	g_assert_cmpint(ask(place.context->store,
	                    "SELECT count(*) FROM bounce a JOIN bounce b ON b.id = a.id + 1"
	                    " WHERE a.envelope_recipient >= b.envelope_recipient"),
	                ==, 0);
	close_place(&place);
}

static void a_busy_database_leaves_the_mail_in_new(void)
{
	struct place place;
	gboolean has_more;
	int taken;

	open_place(&place);
	put(&place, "new/1", "\na\n");
	run_raw(place.context->store, "PRAGMA query_only = ON");
	assert_fails(maildir_take(place.maildir, place.context, &taken, &has_more, &failure),
	             FAILURE_PERMISSION);
	g_assert_cmpint(taken, ==, 0);
	g_assert_true(is_there(&place, "new/1"));
	run_raw(place.context->store, "PRAGMA query_only = OFF");
	put(&place, "new/2", "\nb\n");
	g_assert_cmpint(take(&place), ==, 2);
	close_place(&place);
}

static void a_message_is_cut_at_what_is_kept(void)
{
	g_autofree char *text = g_strnfill(LIMIT_REPORT_STORED + 10, 'x');
	struct place place;

	open_place(&place);
	put(&place, "new/1", text);
	g_assert_cmpint(take(&place), ==, 1);
	g_assert_cmpint(ask(place.context->store, "SELECT is_cut * raw_size FROM bounce"), ==,
	                LIMIT_REPORT_STORED);
	close_place(&place);
}

/* A server for the client, in a thread of its own. */
struct host {
	struct context *context;
	struct lmtp_server *server;
	GThread *thread;
	gint is_over;
};

static gpointer serve(gpointer data)
{
	struct host *host = data;

	while (!g_atomic_int_get(&host->is_over)) {
		lmtp_server_run(host->server);
		g_usleep(500);
	}
	return NULL;
}

static char *open_host(struct host *host)
{
	struct lmtp_server_config config = {.listen = "127.0.0.1:0",
	                                    .hostname = "h",
	                                    .check = receive_check,
	                                    .keep = receive_keep,
	                                    .user = host->context = fresh_context()};
	g_autoptr(GError) error = NULL;

	host->is_over = FALSE;
	host->server = lmtp_server_open(&config, &error);
	g_assert_no_error(error);
	host->thread = g_thread_new("lmtp", serve, host);
	return g_strdup_printf("127.0.0.1:%d", lmtp_server_port(host->server));
}

static void close_host(struct host *host)
{
	g_atomic_int_set(&host->is_over, TRUE);
	g_thread_join(host->thread);
	lmtp_server_free(host->server);
}

static int open_input(const char *text, gsize len)
{
	GError *error = NULL;
	char *path;
	int fd = g_file_open_tmp("carom-XXXXXX", &path, &error);

	g_assert_no_error(error);
	g_assert_cmpint(write(fd, text, len), ==, (gssize)len);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	g_unlink(path);
	g_free(path);
	return fd;
}

static void what_the_client_hands_over_arrives_whole(void)
{
	static const struct {
		const char *sent, *kept;
	} cases[] = {
	        {"Subject: a\n\n.\n..\n.b\nend", "Subject: a\r\n\r\n.\r\n..\r\n.b\r\nend\r\n"},
	        {"a\r\n.\r\nb\r\n", "a\r\n.\r\nb\r\n"},
	        {"a\rb\r.\r", "a\rb\r.\r\r\n"},
	        {"", ""},
	};
	struct host host;
	g_autofree char *listen = open_host(&host);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		int fd = lmtp_client_connect(listen, 5000, 5000);
		int input = open_input(cases[i].sent, strlen(cases[i].sent));

		g_assert_true(lmtp_client_offer(fd, "b+" TOKEN "@lists.test"));
		g_assert_true(lmtp_client_send(fd, input, LIMIT_REPORT_STORED));
		close(input);
		close(fd);
	}
	close_host(&host);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GBytes) raw = store_bounce_raw(host.context->store, (gint64)i + 1, NULL);

		g_assert_cmpmem(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), cases[i].kept,
		                strlen(cases[i].kept));
	}
	drop_context(host.context);
}

static void the_client_offers_nothing_that_is_not_wanted(void)
{
	struct host host;
	g_autofree char *listen = open_host(&host);
	static const char *const refused[] = {"nobody@lists.test", "", "b+" TOKEN "@lists.test>\r\nQUIT",
	                                      "a b@lists.test", "b+" TOKEN "@other.test"};

	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		int fd = lmtp_client_connect(listen, 5000, 5000);

		g_assert_cmpint(fd, >=, 0);
		g_assert_false(lmtp_client_offer(fd, refused[i]));
		close(fd);
	}
	close_host(&host);
	drop_context(host.context);
}

static void a_database_that_says_no_means_no_250(void)
{
	struct host host;
	g_autofree char *listen = open_host(&host);
	int fd = lmtp_client_connect(listen, 5000, 5000), input = open_input("a\n", 2);

	g_assert_true(lmtp_client_offer(fd, "b+" TOKEN "@lists.test"));
	run_raw(host.context->store, "PRAGMA query_only = ON");
	g_assert_false(lmtp_client_send(fd, input, 100));
	close(input);
	close(fd);
	close_host(&host);
	g_assert_cmpint(ask(host.context->store, "SELECT count(*) FROM bounce"), ==, 0);
	drop_context(host.context);
}

static void several_recipients_get_a_row_each(void)
{
	struct context *context = fresh_context();
	g_autoptr(GPtrArray) messages = g_ptr_array_new(), recipients = g_ptr_array_new();
	struct lmtp_message message = {.recipients = recipients, .answer = LMTP_LATER};

	g_ptr_array_add(recipients, (char *)"fbl@lists.test");
	g_ptr_array_add(recipients, (char *)"abuse@lists.test");
	message.raw = g_bytes_new_static("a", 1);
	g_ptr_array_add(messages, &message);
	receive_keep(messages, context);
	g_assert_cmpint(message.answer, ==, LMTP_TAKE);
	g_assert_cmpint(ask(context->store, "SELECT count(DISTINCT envelope_recipient) FROM bounce"), ==, 2);
	g_bytes_unref(message.raw);
	drop_context(context);
}

static int count_commit(void *user)
{
	(*(int *)user)++;
	return 0;
}

/* However many recipients a large message has: nobody else waits for the database until all of it is written.
 */
static void a_large_message_to_many_is_kept_by_several_commits(void)
{
	static const gsize large = 1024 * 1024;
	struct context *context = fresh_context();
	g_autoptr(GPtrArray) messages = g_ptr_array_new(), recipients = g_ptr_array_new();
	struct lmtp_message message = {.recipients = recipients, .answer = LMTP_LATER};
	int commits = 0;

	for (int i = 0; i < 10; i++)
		g_ptr_array_add(recipients, (char *)"fbl@lists.test");
	message.raw = g_bytes_new_take(g_malloc0(large), large);
	g_ptr_array_add(messages, &message);
	sqlite3_commit_hook(context->store->db, count_commit, &commits);
	receive_keep(messages, context);
	g_assert_cmpint(message.answer, ==, LMTP_TAKE);
	g_assert_cmpint(commits, ==, 5);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM bounce WHERE raw_size = 1048576"), ==, 10);
	g_bytes_unref(message.raw);
	drop_context(context);
}

/* Somebody else is writing, and does not come to an end. */
static void a_locked_database_is_no_reason_to_say_yes(void)
{
	g_autofree char *folder = make_folder(), *path = g_build_filename(folder, "carom.db", NULL);
	g_autoptr(GPtrArray) messages = g_ptr_array_new(), recipients = g_ptr_array_new();
	struct lmtp_message one = {.recipients = recipients, .answer = LMTP_LATER}, two = one;
	struct context *context = fresh_context();
	struct migrate_result result;
	struct store *other;

	assert_ok(migrate_run(path, TRUE, 0, &result, &failure));
	migrate_result_clear(&result);
	store_close(context->store);
	context->store = store_open(path, NULL);
	other = store_open(path, NULL);
	store_set_busy_ms(context->store, 100);
	g_ptr_array_add(recipients, (char *)"fbl@lists.test");
	one.raw = two.raw = g_bytes_new_static("a", 1);
	g_ptr_array_add(messages, &one);
	g_ptr_array_add(messages, &two);
	assert_ok(store_begin(other, &failure));
	receive_keep(messages, context);
	g_assert_cmpint(one.answer, ==, LMTP_LATER);
	g_assert_cmpint(two.answer, ==, LMTP_LATER);
	store_rollback(other);
	receive_keep(messages, context);
	g_assert_cmpint(one.answer, ==, LMTP_TAKE);
	/* by the time of the answer another connection sees it */
	g_assert_cmpint(ask(other, "SELECT count(*) FROM bounce"), ==, 2);
	store_close(other);
	g_bytes_unref(one.raw);
	drop_context(context);
	drop_folder(g_steal_pointer(&folder));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/receive/" #name, name)
	TEST(only_the_addresses_of_the_map_are_ours);
	TEST(a_domain_in_letters_is_the_one_in_a_labels);
	TEST(the_envelope_recipient_stands_on_top);
	TEST(a_genuine_token_is_found_below);
	TEST(mail_moves_to_cur_when_it_is_stored);
	TEST(what_cannot_be_read_is_put_aside_and_stops_nothing);
	TEST(names_in_cur_do_not_take_each_others_place);
	TEST(a_large_folder_is_taken_in_the_order_of_names);
	TEST(a_busy_database_leaves_the_mail_in_new);
	TEST(a_message_is_cut_at_what_is_kept);
	TEST(what_the_client_hands_over_arrives_whole);
	TEST(the_client_offers_nothing_that_is_not_wanted);
	TEST(a_database_that_says_no_means_no_250);
	TEST(several_recipients_get_a_row_each);
	TEST(a_large_message_to_many_is_kept_by_several_commits);
	TEST(a_locked_database_is_no_reason_to_say_yes);
	return g_test_run();
}

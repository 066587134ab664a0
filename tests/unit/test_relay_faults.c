// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Relays that do anything, each over a plain connection, STARTTLS and implicit TLS: in which state each of
 * three deliveries ends, how `listd --once` exits, and that nobody is blamed for what the relay did.
 * RELAY_FAULTS=all runs all and prints the table (`make check-relay`); else each fault over one of the three,
 * another in each run.
 */
#include "lib/base/failure.h"

#include <sys/stat.h>

#include "tests/unit/relay_authority.h"
#include "tests/unit/relay_server.h"
#include "tests/unit/sender_scene.h"

enum channel { PLAIN, STARTTLS, IMPLICIT, CHANNELS };

static const char *const channel_names[CHANNELS] = {"plain", "STARTTLS", "implicit TLS"};

enum certificate { GOOD, OTHER_NAME, UNKNOWN_ISSUER, EXPIRED };

enum { PEOPLE = 3, BIG = 3900 * 1024, TOGETHER = 12 };

#define REPLY_MS "4000"

#define LONG                                                                                                 \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xx"

/*
 * expected: a letter for the state of each delivery (Queued Sent Deferred Failed Ambiguous), the exit status,
 * and what else happened: "paused" campaign, so many "suspended". A delivery that is Queued or Deferred has
 * certainly not been taken.
 */
struct fault {
	const char *name;
	const char *expected;
	struct server_rule rules[3];
	const char *extensions; /* NULL: the usual; "": none */
	enum certificate certificate;
	gboolean is_absent, is_big, wants_auth;
	const char *injected;
	gboolean is_not[CHANNELS]; /* makes no sense there */
};

#define NOT_PLAIN     .is_not = {[PLAIN] = TRUE}
#define ONLY_PLAIN    .is_not = {[STARTTLS] = TRUE, [IMPLICIT] = TRUE}
#define NOT_STARTTLS  .is_not = {[STARTTLS] = TRUE}
#define ONLY_STARTTLS .is_not = {[PLAIN] = TRUE, [IMPLICIT] = TRUE}

static const struct fault faults[] = {
        {"does nothing wrong", "SSS 0", .rules = {{NULL}}},
        {"is absent", "QQQ 75", .rules = {{NULL}}, .is_absent = TRUE},

        {"says garbage for a greeting", "QQQ 75", .rules = {{"connect", 0, "hello, world"}}},
        {"says garbage to EHLO", "QQQ 75", .rules = {{"EHLO", 0, "hello, world"}}},
        {"says garbage to MAIL", "QQQ 75", .rules = {{"MAIL", 0, "what?"}}},
        {"says garbage to RCPT", "QQQ 75", .rules = {{"RCPT", 0, "what?"}}},
        {"says garbage to DATA", "DDD 0", .rules = {{"DATA", 0, "what?"}}},
        {"says garbage to the final dot", "AAA 0", .rules = {{"body", 0, "what?"}}},

        {"greets with a line of 100 MB", "QQQ 75", .rules = {{"connect", 0, "#220 "}}},
        {"answers MAIL with a line of 100 MB", "QQQ 75", .rules = {{"MAIL", 0, "#250 "}}},
        {"answers the final dot with 100 MB", "AAA 0", .rules = {{"body", 0, "#250 "}}},

        {"closes after the connection", "QQQ 75", .rules = {{"connect", 0, "!"}}},
        {"closes at EHLO", "QQQ 75", .rules = {{"EHLO", 0, "!"}}},
        {"closes at STARTTLS", "QQQ 75", .rules = {{"STARTTLS", 0, "!"}}, ONLY_STARTTLS},
        {"closes at AUTH", "QQQ 75", .rules = {{"AUTH", 0, "!"}}, .wants_auth = TRUE, NOT_PLAIN},
        {"closes at MAIL", "QQQ 75", .rules = {{"MAIL", 0, "!"}}},
        {"closes at the second MAIL", "SSS 0", .rules = {{"MAIL", 2, "!"}}},
        {"closes at RCPT", "QQQ 75", .rules = {{"RCPT", 0, "!"}}},
        {"closes at the second RCPT", "SSS 0", .rules = {{"RCPT", 2, "!"}}},
        {"closes at DATA", "DDD 0", .rules = {{"DATA", 0, "!"}}},
        {"closes in the middle of a body", "DDD 0", .rules = {{"middle", 0, "!"}}, .is_big = TRUE},
        {"resets in the middle of a body", "DDD 0", .rules = {{"middle", 0, "*"}}, .is_big = TRUE},
        {"takes the message and closes", "AAA 0", .rules = {{"body", 0, "!"}}},
        {"takes the message and resets", "AAA 0", .rules = {{"body", 0, "*"}}},
        {"closes at QUIT", "SSS 0", .rules = {{"QUIT", 0, "!"}}},

        {"greets with 421", "QQQ 75", .rules = {{"connect", 0, "421 4.3.2 not now"}}},
        {"greets with 554", "QQQ 69", .rules = {{"connect", 0, "554 5.7.1 go away"}}},
        {"answers EHLO with 451", "QQQ 75", .rules = {{"EHLO", 0, "451 4.3.0 not now"}}},
        {"answers EHLO with 550", "QQQ 69", .rules = {{"EHLO", 0, "550 5.7.1 who are you"}}},
        {"answers STARTTLS with 454", "QQQ 75", .rules = {{"STARTTLS", 0, "454 4.7.0 not now"}},
         ONLY_STARTTLS},
        {"answers STARTTLS with 554", "QQQ 69", .rules = {{"STARTTLS", 0, "554 5.7.0 no"}}, ONLY_STARTTLS},
        {"answers AUTH with 454", "QQQ 75", .rules = {{"AUTH", 0, "454 4.7.0 not now"}}, .wants_auth = TRUE,
         NOT_PLAIN},
        {"answers AUTH with 535", "QQQ 69", .rules = {{"AUTH", 0, "535 5.7.8 wrong"}}, .wants_auth = TRUE,
         NOT_PLAIN},
        {"answers MAIL with 451", "DDD 0", .rules = {{"MAIL", 0, "451 4.3.0 not now"}}},
        {"answers MAIL with 550", "QQQ 0 paused", .rules = {{"MAIL", 0, "550 5.7.1 not you"}}},
        {"answers RCPT with 450", "DDD 0", .rules = {{"RCPT", 0, "450 4.2.0 greylisted"}}},
        {"answers RCPT with 550", "FFF 0 3 suspended", .rules = {{"RCPT", 0, "550 5.1.1 User unknown"}}},
        {"answers one RCPT with 550", "SFS 0 1 suspended", .rules = {{"RCPT", 2, "550 5.1.1 User unknown"}}},
        {"answers RCPT with 'relay denied'", "DDD 0 paused",
         .rules = {{"RCPT", 0, "554 5.7.1 Relay access denied"}}},
        {"answers DATA with 451", "DDD 0", .rules = {{"DATA", 0, "451 4.3.0 not now"}}},
        {"answers DATA with 554", "FFF 0", .rules = {{"DATA", 0, "554 5.6.0 bad content"}}},
        {"answers the final dot with 452", "DDD 0", .rules = {{"body", 0, "452 4.3.1 full"}}},
        {"answers the final dot with 554", "FFF 0", .rules = {{"body", 0, "554 5.7.1 looks like spam"}}},

        {"421 at EHLO", "QQQ 75", .rules = {{"EHLO", 0, "421 4.3.2 bye"}}},
        {"421 at MAIL", "QQQ 75", .rules = {{"MAIL", 0, "^421 4.3.2 bye"}}},
        {"421 at the second MAIL", "SSS 0", .rules = {{"MAIL", 2, "^421 4.3.2 bye"}}},
        {"421 at RCPT", "QQQ 75", .rules = {{"RCPT", 0, "^421 4.3.2 bye"}}},
        {"421 at DATA", "DDD 0", .rules = {{"DATA", 0, "^421 4.3.2 bye"}}},
        {"421 at the final dot", "DDD 0", .rules = {{"body", 0, "^421 4.3.2 bye"}}},
        {"421 behind each acceptance", "SSS 0", .rules = {{"body", 0, "^250 2.0.0 ok\r\n421 4.3.2 bye"}}},

        {"drips its greeting", "QQQ 75", .rules = {{"connect", 0, "~220 " LONG}}},
        {"drips its answer to MAIL", "QQQ 75", .rules = {{"MAIL", 0, "~250 " LONG}}},
        {"drips its answer to the final dot", "AAA 0", .rules = {{"body", 0, "~250 " LONG}}},
        {"is silent after the connection", "QQQ 75", .rules = {{"connect", 0, "."}}},
        {"is silent at EHLO", "QQQ 75", .rules = {{"EHLO", 0, "."}}},
        {"is silent at the final dot", "AAA 0", .rules = {{"body", 0, "."}}},

        {"answers MAIL twice", "QQQ 75", .rules = {{"MAIL", 0, "250 2.1.0 ok\r\n250 2.1.0 ok"}}},
        {"answers the final dot twice", "SSS 0", .rules = {{"body", 0, "250 2.0.0 ok\r\n250 2.0.0 ok"}}},
        {"splits each answer over packets", "SSS 0",
         .rules = {{"body", 0, "~250 2.0.0 ok"}, {"MAIL", 0, "~250 ok"}}},
        {"answers with bare codes", "SSS 0", .rules = {{"MAIL", 0, "250"}, {"body", 0, "250"}}},

        {"offers no extensions", "SSS 0", .extensions = "", NOT_STARTTLS},
        {"knows no EHLO", "SSS 0", .rules = {{"EHLO", 0, "502 5.5.1 what"}}, NOT_STARTTLS},
        {"offers CHUNKING", "SSS 0", .extensions = "PIPELINING|CHUNKING|BINARYMIME|8BITMIME|DSN"},
        {"demands TLS", "QQQ 0 paused",
         .rules = {{"MAIL", 0, "530 5.7.0 Must issue a STARTTLS command first"}}, ONLY_PLAIN},
        {"offers no STARTTLS", "QQQ 69", .extensions = "PIPELINING", ONLY_STARTTLS},
        {"has a certificate for another name", "QQQ 69", .certificate = OTHER_NAME, NOT_PLAIN},
        {"has a certificate of an unknown issuer", "QQQ 69", .certificate = UNKNOWN_ISSUER, NOT_PLAIN},
        {"has an expired certificate", "QQQ 69", .certificate = EXPIRED, NOT_PLAIN},
        {"injects behind STARTTLS", "QQQ 69", .injected = "250 injected", ONLY_STARTTLS},
        {"takes AUTH without proof", "QQQ 69", .rules = {{"AUTH", 0, "235 2.7.0 ok"}}, .wants_auth = TRUE,
         .extensions = "PIPELINING|AUTH SCRAM-SHA-256", NOT_PLAIN},
};

static struct authority trusted, foreign;
static char *top; /* folder */

static char *extensions_of(const struct fault *fault, enum channel channel)
{
	const char *own = fault->extensions;

	if (own != NULL && *own == '\0')
		return NULL;
	return g_strconcat(own != NULL ? own : "PIPELINING|DSN|SIZE 10000000",
	                   channel == STARTTLS && g_strcmp0(own, "PIPELINING") != 0 ? "|STARTTLS" : "",
	                   fault->wants_auth && own == NULL ? "|AUTH PLAIN LOGIN" : "", NULL);
}

static SSL_CTX *server_tls(enum certificate certificate)
{
	switch (certificate) {
	case GOOD: break;
	case OTHER_NAME: return authority_make_server(&trusted, "DNS:other.test,IP:127.0.0.9", 30, 0);
	case UNKNOWN_ISSUER: return authority_make_server(&foreign, "DNS:localhost,IP:127.0.0.1", 30, 0);
	case EXPIRED: return authority_make_server(&trusted, "DNS:localhost,IP:127.0.0.1", -1, 0);
	}
	return authority_make_server(&trusted, "DNS:localhost,IP:127.0.0.1", 30, 0);
}

/* Lines of [relay:main]. */
static char *relay_lines(const struct fault *fault, enum channel channel, const char *folder)
{
	static const char *const words[CHANNELS] = {"off", "verify", "implicit"};
	g_autofree char *auth = NULL, *password = g_build_filename(folder, "password", NULL);

	if (fault->wants_auth) {
		g_assert_true(g_file_set_contents(password, "a password of some length\n", -1, NULL));
		g_assert_cmpint(chmod(password, 0600), ==, 0);
		auth = g_strdup_printf("user = ada\npassword_file = %s\n", password);
	}
	return g_strdup_printf("connections = 1\ntls = %s\nca_file = %s/ca.pem\n%s", words[channel], top,
	                       auth == NULL ? "" : auth);
}

static void add_letters(struct scene *scene, gboolean is_big)
{
	g_autofree char *html = NULL, *filling = is_big ? g_strnfill(BIG, 'x') : g_strdup("");
	g_autoptr(GString) text = g_string_new("Hello {{unsubscribe_url}}\n");
	struct compose_content content = {.subject = "S"};

	for (gsize at = 0; filling[at] != '\0'; at += 64)
		g_string_append_len(g_string_append_c(text, '\n'), filling + at, 64);
	content.text = text->str;
	/* more than the buffers of both kernels take, so that the body is not out before the relay is gone */
	if (is_big) {
		html = g_strdup_printf("<html><body><p>%s</p></body></html>", text->str);
		content.html = html;
	}
	assert_ok(store_begin(scene->context->store, &failure));
	for (int i = 0; i < PEOPLE; i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", i);

		add_subscription(scene->context->store, scene->list->id, address, SUB_ACTIVE);
	}
	assert_ok(store_commit(scene->context->store, &failure));
	assert_ok(outbox_campaign(scene->context, scene->list, &content, 0, clock_now(), NULL, NULL,
	                          &scene->campaign_id, &failure));
}

/* No letter of a delivery that is not sent or ambiguous was taken, and none twice. */
static void check_letters(const struct server *server, const char *states)
{
	int counts[PEOPLE] = {0};

	for (guint i = 0; i < server->messages->len; i++) {
		const struct server_message *message = server->messages->pdata[i];
		int number = (int)g_ascii_strtoll(strchr(message->rcpt, '<') + 1, NULL, 10);

		g_assert_cmpint(number, <, PEOPLE);
		counts[number] += !message->is_refused;
	}
	for (int i = 0; i < PEOPLE; i++) {
		if (states[i] == 'S')
			g_assert_cmpint(counts[i], ==, 1);
		else if (states[i] != 'A')
			g_assert_cmpint(counts[i], ==, 0);
	}
	g_assert_null(strstr(server->commands->str, "BDAT"));
}

static char *outcome(struct scene *scene, gboolean is_good, const GError *error)
{
	static const char letters[] = "QCHSDFAKX"; /* by enum delivery_state */
	GString *text = g_string_new(NULL);
	gint64 suspended;

	for (int i = 1; i <= PEOPLE; i++) {
		g_autoptr(GError) failure = NULL;
		struct delivery *delivery = store_delivery_by_id(scene->context->store, i, &failure);

		g_assert_no_error(failure);
		g_string_append_c(text, letters[delivery->state]);
		delivery_free(delivery);
	}
	g_string_append_printf(text, " %d", is_good ? 0 : failure_exit_code(error));
	if (ask(scene->context->store, "SELECT count(*) FROM campaign WHERE state = 'paused'") > 0)
		g_string_append(text, " paused");
	suspended = ask(scene->context->store, "SELECT count(*) FROM subscription WHERE state <> 'active'");
	if (suspended > 0)
		g_string_append_printf(text, " %d suspended", (int)suspended);
	return g_string_free(text, FALSE);
}

static char *run_case(const struct fault *fault, enum channel channel)
{
	g_autofree char *extensions = extensions_of(fault, channel), *relay = NULL, *states = NULL;
	struct server_script script = {.extensions = extensions,
	                               .rules = fault->rules,
	                               .is_implicit = channel == IMPLICIT,
	                               .injected = fault->injected};
	g_autoptr(GError) error = NULL;
	struct server *server;
	struct scene scene = {0};
	gboolean is_good;

	if (channel != PLAIN)
		script.tls = server_tls(fault->certificate);
	server = server_start(&script);
	scene.mta.port = server->port;
	if (fault->is_absent)
		server_stop(server);
	scene.folder = make_folder();
	scene.relay = relay_lines(fault, channel, scene.folder);
	scene.send = g_strdup(FAST);
	scene.secrets = fresh_secrets();
	g_free(make_database(scene.folder));
	scene.context = scene_context(&scene);
	scene.list = fresh_list(scene.context, "news", FALSE);
	add_letters(&scene, fault->is_big);
	is_good = dispatch_run(scene.context, TRUE, &error);
	states = outcome(&scene, is_good, error);
	if (!fault->is_absent) {
		g_mutex_lock(&server->lock);
		check_letters(server, states);
		g_mutex_unlock(&server->lock);
	}
	/* a server that floods or drips ends with this process */
	drop_folder(g_steal_pointer(&scene.folder));
	return g_steal_pointer(&states);
}

/* ---- all of them, several at a time ---- */

struct run {
	const struct fault *fault;
	enum channel channel;
	int fd; /* what it came to is read here; -1: not started */
	pid_t pid;
	char result[64];
};

static void start(struct run *run)
{
	int ends[2];

	g_assert_cmpint(pipe(ends), ==, 0);
	run->pid = fork();
	g_assert_cmpint(run->pid, >=, 0);
	if (run->pid == 0) {
		g_autofree char *result = NULL;

		close(ends[0]);
		alarm(120);
		g_setenv("CAROM_TEST_REPLY", REPLY_MS, TRUE);
		result = run_case(run->fault, run->channel);
		_exit(write(ends[1], result, strlen(result)) < 0);
	}
	close(ends[1]);
	run->fd = ends[0];
}

static void finish(struct run *run)
{
	gssize got = read(run->fd, run->result, sizeof(run->result) - 1);
	int status;

	run->result[MAX(got, 0)] = '\0';
	close(run->fd);
	g_assert_cmpint(waitpid(run->pid, &status, 0), ==, run->pid);
	if (status != 0)
		g_snprintf(run->result, sizeof(run->result), "died (%d)", status);
}

static void run_all(struct run *runs, guint count)
{
	for (guint next = 0, done = 0; done < count; done++) {
		while (next < count && next < done + TOGETHER)
			start(&runs[next++]);
		finish(&runs[done]);
	}
}

static void add_runs(GArray *runs, gboolean is_all)
{
	guint turn = g_test_rand_int_range(0, CHANNELS);

	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++, turn++)
		for (guint j = 0, taken = 0; j < CHANNELS; j++) {
			struct run run = {&faults[i], (enum channel)((turn + j) % CHANNELS), -1, 0, ""};

			if (faults[i].is_not[run.channel] || (!is_all && taken > 0))
				continue;
			g_array_append_val(runs, run);
			taken++;
		}
}

static void print_table(const GArray *runs)
{
	printf("# %-42s %-20s %-20s %-20s\n", "a relay that", channel_names[0], channel_names[1],
	       channel_names[2]);
	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
		const char *cells[CHANNELS] = {"-", "-", "-"};

		for (guint j = 0; j < runs->len; j++) {
			const struct run *run = &g_array_index(runs, struct run, j);

			if (run->fault == &faults[i])
				cells[run->channel] = run->result;
		}
		printf("# %-42s %-20s %-20s %-20s\n", faults[i].name, cells[0], cells[1], cells[2]);
	}
	printf("# states of three deliveries (Queued Sent Deferred Failed Ambiguous) and the exit status of "
	       "listd --once\n");
}

static void each_message_is_in_the_right_state_whatever_the_relay_does(void)
{
	g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(struct run));
	gboolean is_all = g_strcmp0(g_getenv("RELAY_FAULTS"), "all") == 0;

	add_runs(runs, is_all);
	run_all((struct run *)(void *)runs->data, runs->len);
	if (is_all)
		print_table(runs);
	for (guint i = 0; i < runs->len; i++) {
		const struct run *run = &g_array_index(runs, struct run, i);

		if (strcmp(run->result, run->fault->expected) == 0)
			continue;
		g_test_message("a relay that %s, over %s: %s, and should be %s", run->fault->name,
		               channel_names[run->channel], run->result, run->fault->expected);
		g_test_fail();
	}
}

int main(int argc, char **argv)
{
	g_autofree char *ca = NULL;

	g_test_init(&argc, &argv, NULL);
	relay_init();
	top = make_folder();
	ca = g_build_filename(top, "ca.pem", NULL);
	authority_init(&trusted, ca);
	authority_init(&foreign, NULL);
	g_test_add_func("/relay_faults/each_message_is_in_the_right_state_whatever_the_relay_does",
	                each_message_is_in_the_right_state_whatever_the_relay_does);
	{
		int result = g_test_run();

		authority_clear(&trusted);
		authority_clear(&foreign);
		drop_folder(top);
		return result;
	}
}

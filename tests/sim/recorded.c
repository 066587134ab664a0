// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"

#include "tests/sim/sim.h"

#include <string.h>

/*
 * A recorded year as CSV without quotes, one event a line, in order of time; lines that start with # are
 * comments:
 *
 *   time,subscriber,provider,event,campaign,kind,reason,blame,status
 *   2025-01-07T08:00:00Z,17,example.net,handed,1
 *   2025-01-07T08:00:41Z,17,example.net,bounce,1,hard,userunknown,recipient,5.1.1
 *   2025-06-01T12:00:00Z,17,example.net,alive
 *
 * time is RFC 3339. subscriber is any word, best no address; campaign is a number from 1. handed: a message
 * of that campaign was given to the relay. bounce: what came back of it, as `bounced --classify` says. alive:
 * a sign of life, an order or a visit, for which the address must not be lost. Whoever bounced in his last
 * campaign, without a sign of life after it, is taken for dead from his first bounce without a delivery after
 * it on. A mail that asks, which nobody recorded, fares like the next recorded message to the same
 * subscriber, or like the last.
 */
enum {
	HOUR = 3600,
	HALF_DAY = 12 * HOUR,
	DAY = 24 * HOUR,
	LINES_MAX = 10 * 1000 * 1000,
	CAMPAIGNS_MAX = 10000
};

/* One message, and what came back of it. */
struct message {
	gint64 at;
	struct sim_report report;
};

struct person {
	GArray *messages; /* of struct message, by time */
	gint64 alive_at;  /* last sign of life */
	int provider;
};

struct recorded {
	GArray *people;                  /* of struct person */
	GHashTable *numbers, *providers; /* char * -> number + 1 */
	GStringChunk *words;             /* statuses */
	GHashTable *starts;              /* campaign + 1 -> index + 1 into world->campaigns */
};

static void person_clear(gpointer data)
{
	g_array_unref(((struct person *)data)->messages);
}

static void free_recorded(gpointer data)
{
	struct recorded *recorded = data;

	g_array_unref(recorded->people);
	g_hash_table_unref(recorded->numbers);
	g_hash_table_unref(recorded->providers);
	g_hash_table_unref(recorded->starts);
	g_string_chunk_free(recorded->words);
	g_free(recorded);
}

static struct person *person_of(const struct sim_world *world, int number)
{
	const struct recorded *recorded = world->data;

	return &g_array_index(recorded->people, struct person, number);
}

static int provider_of(const struct sim_world *world, int person)
{
	return person_of(world, person)->provider;
}

static struct sim_report answer(const struct sim_world *world, int number, gint64 at)
{
	const struct person *person = person_of(world, number);
	guint i = 0;

	if (person->messages->len == 0)
		return (struct sim_report){0};
	/* a campaign that is played is not handed over at the very second */
	while (i + 1 < person->messages->len &&
	       g_array_index(person->messages, struct message, i).at + HALF_DAY < at)
		i++;
	return g_array_index(person->messages, struct message, i).report;
}

/* Nobody recorded what the name servers said. */
static enum domain_answer look_up(const struct sim_world *world, int provider, gint64 at)
{
	(void)world;
	(void)provider;
	(void)at;
	return DOMAIN_SILENT;
}

static gboolean is_recipients(const struct sim_report *report)
{
	return report->fails && report->verdict.blame == BLAME_RECIPIENT;
}

static enum sim_truth truth(const struct sim_world *world, int number, gint64 at)
{
	const struct person *person = person_of(world, number);
	const struct message *last = NULL;

	for (guint i = person->messages->len; i > 0; i--) {
		const struct message *message = &g_array_index(person->messages, struct message, i - 1);

		if (!is_recipients(&message->report) || message->at <= person->alive_at)
			break;
		last = message;
	}
	if (last == NULL || at + HALF_DAY < last->at)
		return SIM_ALIVE;
	return last->report.verdict.kind == KIND_HARD ? SIM_DEAD_HARD : SIM_DEAD_SOFT;
}

static gboolean refuse(GError **error, const char *name, int line, const char *why)
{
	g_set_error(error, FAILURE, FAILURE_DATA, "%s:%d: %s", name, line, why);
	return FALSE;
}

/* The number of a word, which it gets when it is new. */
static int number_of(GHashTable *table, const char *word)
{
	gpointer found = g_hash_table_lookup(table, word);

	if (found == NULL) {
		found = GINT_TO_POINTER((int)g_hash_table_size(table) + 1);
		g_hash_table_insert(table, g_strdup(word), found);
	}
	return GPOINTER_TO_INT(found) - 1;
}

static gboolean read_bounce(struct recorded *recorded, char **fields, struct message *message, gint64 at)
{
	struct verdict verdict = {.rule = "recorded"};

	if (g_strv_length(fields) < 9 || !kind_read(fields[5], &verdict.kind) ||
	    !reason_read(fields[6], &verdict.reason) || !blame_read(fields[7], &verdict.blame))
		return FALSE;
	message->report = (struct sim_report){
	        .fails = TRUE,
	        .verdict = verdict,
	        .status = g_string_chunk_insert_const(recorded->words, fields[8]),
	        .after_s = MAX(at - message->at, 1),
	};
	return TRUE;
}

static void add_campaign(struct sim_world *world, struct recorded *recorded, gint64 campaign, gint64 at)
{
	if (g_hash_table_contains(recorded->starts, GINT_TO_POINTER((int)campaign)))
		return;
	g_hash_table_add(recorded->starts, GINT_TO_POINTER((int)campaign));
	g_array_append_val(world->campaigns, at);
}

static gboolean read_event(struct sim_world *world, struct recorded *recorded, char **fields, gint64 at,
                           const char **why_out)
{
	int number = number_of(recorded->numbers, fields[1]);
	const struct message sent = {.at = at};
	struct person *person;
	gint64 campaign = 0;

	if ((guint)number == recorded->people->len) {
		struct person added = {g_array_new(FALSE, FALSE, sizeof(struct message)), 0,
		                       number_of(recorded->providers, fields[2])};

		g_array_append_val(recorded->people, added);
	}
	person = &g_array_index(recorded->people, struct person, number);
	if (strcmp(fields[3], "alive") == 0) {
		person->alive_at = at;
		return TRUE;
	}
	*why_out = "campaign is a number from 1 to 10000";
	if (fields[4] == NULL || !g_ascii_string_to_signed(fields[4], 10, 1, CAMPAIGNS_MAX, &campaign, NULL))
		return FALSE;
	if (strcmp(fields[3], "handed") == 0) {
		add_campaign(world, recorded, campaign, at);
		g_array_append_val(person->messages, sent);
		return TRUE;
	}
	*why_out = "event is handed, bounce or alive";
	if (strcmp(fields[3], "bounce") != 0)
		return FALSE;
	*why_out = "a bounce of a message that was not handed over before";
	if (person->messages->len == 0)
		return FALSE;
	*why_out = "a bounce has kind, reason, blame and status, in the words of bounced --classify";
	return read_bounce(recorded, fields,
	                   &g_array_index(person->messages, struct message, person->messages->len - 1), at);
}

static gboolean read_lines(struct sim_world *world, struct recorded *recorded, char **lines, const char *name,
                           GError **error)
{
	gint64 last = 0;

	for (int i = 0; lines[i] != NULL; i++) {
		g_auto(GStrv) fields = NULL;
		g_autoptr(GDateTime) time = NULL;
		const char *why = NULL;
		gint64 at;

		g_strstrip(lines[i]);
		if (*lines[i] == '\0' || *lines[i] == '#' || (i == 0 && g_str_has_prefix(lines[i], "time,")))
			continue;
		if (i >= LINES_MAX)
			return refuse(error, name, i + 1, "more than 10 million lines");
		fields = g_strsplit(lines[i], ",", -1);
		if (g_strv_length(fields) < 4)
			return refuse(error, name, i + 1, "a line is time,subscriber,provider,event,...");
		time = g_date_time_new_from_iso8601(fields[0], NULL);
		if (time == NULL)
			return refuse(error, name, i + 1, "time is like 2025-01-07T08:00:00Z");
		at = g_date_time_to_unix(time);
		if (at < last)
			return refuse(error, name, i + 1, "earlier than the line before");
		last = at;
		if (world->begin == 0)
			world->begin = at;
		world->end = at;
		if (!read_event(world, recorded, fields, at, &why))
			return refuse(error, name, i + 1, why);
	}
	return world->campaigns->len > 0 || refuse(error, name, 1, "no message was handed over");
}

struct sim_world *sim_recorded(const char *text, gsize len, const char *name, GError **error)
{
	struct sim_world *world = g_new0(struct sim_world, 1);
	struct recorded *recorded = g_new0(struct recorded, 1);
	g_autofree char *copy = g_strndup(text, len);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);

	recorded->people = g_array_new(FALSE, FALSE, sizeof(struct person));
	g_array_set_clear_func(recorded->people, person_clear);
	recorded->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	recorded->providers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	recorded->starts = g_hash_table_new(NULL, NULL);
	recorded->words = g_string_chunk_new(4096);
	*world = (struct sim_world){
	        .spread_s = HOUR,
	        .click_percent = 30,
	        .campaigns = g_array_new(FALSE, FALSE, sizeof(gint64)),
	        .forgeries = g_array_new(FALSE, FALSE, sizeof(struct sim_forgery)),
	        .provider_of = provider_of,
	        .send = answer,
	        .look_up = look_up,
	        .truth = truth,
	        .data = recorded,
	        .free_data = free_recorded,
	};
	if (!read_lines(world, recorded, lines, name, error)) {
		sim_world_free(world);
		return NULL;
	}
	world->people = (int)recorded->people->len;
	world->providers = (int)g_hash_table_size(recorded->providers);
	world->end += 240 * DAY;
	return world;
}

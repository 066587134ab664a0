// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Read and classify the messages of the folder CORPUS (default: tests/data/bounces) on one core, beside a
 * bare GMime parse of the same messages, in turns; and what the rules alone take, on reports read before.
 */
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/classify.h"
#include "lib/mail/mail_init.h"

#include <gmime/gmime.h>
#include <stdio.h>

#define SECONDS_EACH 3.0
#define TURN_SECONDS 0.25

static GPtrArray *load(const char *folder)
{
	GPtrArray *messages = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		GBytes *bytes = g_str_has_suffix(name, ".tsv") ? NULL
		                                               : file_read(path, LIMIT_REPORT_STORED, NULL);

		if (bytes != NULL && g_bytes_get_size(bytes) > 0)
			g_ptr_array_add(messages, bytes);
		else if (bytes != NULL)
			g_bytes_unref(bytes);
	}
	return messages;
}

static void parse_bare(const struct rules *rules, const void *bytes, gsize len)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	(void)rules;
	g_clear_object(&message);
	g_object_unref(parser);
	g_object_unref(stream);
}

static void read_only(const struct rules *rules, const void *bytes, gsize len)
{
	report_free(report_read(rules, bytes, len));
}

static void classify_all(const struct rules *rules, const struct report *report)
{
	for (guint i = 0; i < MAX(report->recipients->len, 1); i++)
		(void)classify_report(rules, report,
		                      report->recipients->len > i ? g_ptr_array_index(report->recipients, i)
		                                                  : NULL);
}

static void read_and_classify(const struct rules *rules, const void *bytes, gsize len)
{
	struct report *report = report_read(rules, bytes, len);

	classify_all(rules, report);
	report_free(report);
}

struct contest {
	const char *name;
	void (*take)(const struct rules *, const void *, gsize);
	double seconds; /* of all turns */
	double best_us; /* a message, in its best turn: others' work on the machine only adds */
};

static void take_turn(struct contest *contest, const struct rules *rules, const GPtrArray *messages)
{
	g_autoptr(GTimer) timer = g_timer_new();
	guint64 count = 0;
	double seconds;

	do {
		for (guint i = 0; i < messages->len; i++) {
			gsize len;
			const void *bytes = g_bytes_get_data(g_ptr_array_index(messages, i), &len);

			contest->take(rules, bytes, len);
		}
		count += messages->len;
		seconds = g_timer_elapsed(timer, NULL);
	} while (seconds < TURN_SECONDS);
	contest->seconds += seconds;
	contest->best_us = MIN(contest->best_us, seconds * 1e6 / (double)count);
}

/* Microseconds that the rules take of one message, the best of some turns: others' work only adds. */
static double rules_us(const struct rules *rules, const GPtrArray *messages)
{
	g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func((GDestroyNotify)report_free);
	double best = G_MAXDOUBLE;

	for (guint i = 0; i < messages->len; i++) {
		gsize len;
		const void *bytes = g_bytes_get_data(g_ptr_array_index(messages, i), &len);

		g_ptr_array_add(reports, report_read(rules, bytes, len));
	}
	for (int turn = 0; turn < 40; turn++) {
		g_autoptr(GTimer) timer = g_timer_new();

		for (guint i = 0; i < reports->len; i++)
			classify_all(rules, g_ptr_array_index(reports, i));
		best = MIN(best, g_timer_elapsed(timer, NULL) * 1e6 / reports->len);
	}
	return best;
}

int main(void)
{
	const char *folder = g_getenv("CORPUS");
	struct contest contests[] = {{"bare GMime parse", parse_bare, 0, G_MAXDOUBLE},
	                             {"read", read_only, 0, G_MAXDOUBLE},
	                             {"read and classify", read_and_classify, 0, G_MAXDOUBLE}};
	g_autoptr(GPtrArray)
	        messages = load(folder != NULL && *folder != '\0' ? folder : "tests/data/bounces");
	g_autoptr(GError) error = NULL;
	struct rules *rules = rules_new(NULL, &error);

	if (rules == NULL || messages->len == 0) {
		fprintf(stderr, "bench_classify: %s\n", error != NULL ? error->message : "no messages");
		return 1;
	}
	mail_init();
	while (contests[0].seconds < SECONDS_EACH)
		for (gsize i = 0; i < G_N_ELEMENTS(contests); i++)
			take_turn(&contests[i], rules, messages);
	printf("%u messages; read and classify is to reach 0.6 of the bare parse\n", messages->len);
	for (gsize i = 0; i < G_N_ELEMENTS(contests); i++)
		printf("%-18s %7.0f messages/s  %6.1f us each  %.2f of the bare parse\n", contests[i].name,
		       1e6 / contests[i].best_us, contests[i].best_us,
		       contests[0].best_us / contests[i].best_us);
	printf("the rules alone: %.1f us a message (aim: under 5)\n", rules_us(rules, messages));
	rules_free(rules);
	return 0;
}

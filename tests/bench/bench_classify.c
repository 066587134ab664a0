// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/classify.h"
#include "lib/mail/mail_init.h"
#include "lib/mail/mime_auto.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/*
 * Messages per second of the bounces in tests/data/bounces, on one thread: read and judged (what bounced
 * --classify does between opening a file and printing), and the bare GMime parse of the same bytes. Median of
 * rounds that take turns.
 */

#define FOLDER "tests/data/bounces"

enum { ROUNDS = 5, REPEATS = 40 };

static GPtrArray *load(void)
{
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GDir) folder = g_dir_open(FOLDER, 0, NULL);
	const char *name;

	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *path = g_build_filename(FOLDER, name, NULL);
		char *bytes;
		gsize len;

		if (g_file_get_contents(path, &bytes, &len, NULL))
			g_ptr_array_add(all, g_bytes_new_take(bytes, len));
	}
	return all;
}

static void judge(GBytes *message, void *user)
{
	gsize len;
	const void *bytes = g_bytes_get_data(message, &len);
	struct report *report = report_read(bytes, len);

	if (report->recipients->len == 0)
		classify_report(user, report, NULL);
	for (guint i = 0; i < report->recipients->len; i++)
		classify_report(user, report, g_ptr_array_index(report->recipients, i));
	report_free(report);
}

static void parse(GBytes *message, void *user)
{
	gsize len;
	const void *bytes = g_bytes_get_data(message, &len);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
	g_autoptr(GMimeMessage) tree = g_mime_parser_construct_message(parser, NULL);

	(void)user;
	if (tree == NULL)
		g_error("GMime reads nothing");
}

/* By processor time, so that others on the machine do not count. */
static double rate(const GPtrArray *all, void (*work)(GBytes *message, void *user), void *user)
{
	clock_t start = clock();

	for (int i = 0; i < REPEATS; i++)
		for (guint j = 0; j < all->len; j++)
			work(g_ptr_array_index(all, j), user);
	return (double)all->len * REPEATS * CLOCKS_PER_SEC / (double)(clock() - start);
}

static int compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return one < other ? -1 : one > other;
}

int main(void)
{
	g_autoptr(GPtrArray) all = load();
	g_autoptr(GError) error = NULL;
	struct rules *rules = rules_new(NULL, &error);
	double judged[ROUNDS], parsed[ROUNDS];

	if (rules == NULL || all->len == 0) {
		fprintf(stderr, "%s: %s\n", FOLDER, rules == NULL ? error->message : "no messages there");
		return 1;
	}
	mail_init();
	for (int i = 0; i < ROUNDS; i++) {
		judged[i] = rate(all, judge, rules);
		parsed[i] = rate(all, parse, NULL);
	}
	qsort(judged, ROUNDS, sizeof(double), compare);
	qsort(parsed, ROUNDS, sizeof(double), compare);
	printf("  %u bounces, one thread, processor time, median of %d; %ld cores\n", all->len, (int)ROUNDS,
	       sysconf(_SC_NPROCESSORS_ONLN));
	printf("  GMime parse alone            %9.0f messages/s\n", parsed[ROUNDS / 2]);
	printf("  read and classified          %9.0f messages/s   %.2f of it\n", judged[ROUNDS / 2],
	       judged[ROUNDS / 2] / parsed[ROUNDS / 2]);
	rules_free(rules);
	return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Memory while messages are read and classified: MESSAGES of them (default: 1,000,000), those of the folder
 * CORPUS (default: tests/data/bounces) again and again, on all cores. Resident memory after the first
 * hundredth and at the end; more than a tenth and 4 MB between them is a leak, and a failure.
 */
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/classify.h"
#include "lib/mail/mail_init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static GPtrArray *messages;
static struct rules *rules;
static guint next, end;

static GPtrArray *load(const char *folder)
{
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		GBytes *bytes = g_str_has_suffix(name, ".tsv") ? NULL
		                                               : file_read(path, LIMIT_REPORT_STORED, NULL);

		if (bytes != NULL)
			g_ptr_array_add(all, bytes);
	}
	return all;
}

static gpointer work(gpointer data)
{
	guint i;

	while ((i = (guint)g_atomic_int_add(&next, 1)) < end) {
		gsize len;
		const void *bytes = g_bytes_get_data(g_ptr_array_index(messages, i % messages->len), &len);
		struct report *report = report_read(rules, bytes, len);

		for (guint k = 0; k < MAX(report->recipients->len, 1); k++)
			(void)classify_report(rules, report,
			                      report->recipients->len > k
			                              ? g_ptr_array_index(report->recipients, k)
			                              : NULL);
		report_free(report);
	}
	return data;
}

/* kB, of /proc/self/status. */
static gint64 resident(void)
{
	g_autofree char *text = NULL;
	const char *at;

	if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
		return 0;
	at = strstr(text, "VmRSS:");
	return at == NULL ? 0 : g_ascii_strtoll(at + strlen("VmRSS:"), NULL, 10);
}

/* All up to a number. The same threads would do; new ones show that a thread leaves nothing behind. */
static void run_to(guint number)
{
	guint threads = g_get_num_processors();
	g_autofree GThread **all = g_new(GThread *, threads);

	end = number;
	next = MIN(next, number);
	for (guint i = 0; i < threads; i++)
		all[i] = g_thread_new(NULL, work, NULL);
	for (guint i = 0; i < threads; i++)
		g_thread_join(all[i]);
	next = number;
}

int main(void)
{
	const char *folder = g_getenv("CORPUS"), *wanted = g_getenv("MESSAGES");
	guint count = wanted != NULL ? (guint)strtoul(wanted, NULL, 10) : 1000000;
	g_autoptr(GError) error = NULL;
	gint64 first, last, began_us = g_get_monotonic_time();

	messages = load(folder != NULL && *folder != '\0' ? folder : "tests/data/bounces");
	rules = rules_new(NULL, &error);
	if (rules == NULL || messages->len == 0 || count < 100) {
		fprintf(stderr, "bench_memory: %s\n", error != NULL ? error->message : "no messages");
		return 1;
	}
	mail_init();
	run_to(count / 100);
	first = resident();
	for (guint i = 1; i <= 10; i++)
		run_to(count / 100 + (guint)((guint64)(count - count / 100) * i / 10));
	last = resident();
	printf("%u messages in %.0f s: resident %" G_GINT64_FORMAT " kB after %u, %" G_GINT64_FORMAT
	       " kB at the end\n",
	       count, (double)(g_get_monotonic_time() - began_us) / G_USEC_PER_SEC, first, count / 100, last);
	rules_free(rules);
	g_ptr_array_unref(messages);
	return last > first + first / 10 + 4096;
}

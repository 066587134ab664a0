// SPDX-License-Identifier: GPL-3.0-or-later
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/report_check.h"
#include "tests/soak/mutator.h"

/*
 * Reads and judges damaged messages: none may crash it, take longer than a second of processor time, or make
 * its memory grow. What is damaged are the messages of the folders that are named. Prints the seed and the
 * figures; --only N --write FILE makes one of them again.
 */

enum { SECOND_US = 1000000, HANG_S = 20, WARM_MESSAGES = 5000 };

static struct {
	gint64 count, only;
	gint seed, peak_mb, growth_kb;
	char *write;
} options = {.count = 20000, .only = -1, .seed = -1, .peak_mb = 300, .growth_kb = 1024};

static gint64 current; /* number of the message in hand */

static void report_end(int signal_number)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "signal %d: seed %d, message %" G_GINT64_FORMAT "\n",
	                   signal_number, options.seed, current);

	(void)!write(STDERR_FILENO, text, (size_t)len);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_folder(GPtrArray *pool, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (folder == NULL)
		g_error("%s", error->message);
	while ((name = g_dir_read_name(folder)) != NULL)
		g_ptr_array_add(names, g_build_filename(path, name, NULL));
	/* the order of a folder is not that of another day */
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++) {
		char *bytes;
		gsize len;

		if (!g_file_get_contents(g_ptr_array_index(names, i), &bytes, &len, NULL))
			continue;
		g_ptr_array_add(pool, g_string_new_len(bytes, (gssize)len));
		g_free(bytes);
	}
}

static GString *make(const GPtrArray *pool, gint64 number)
{
	const guint32 seeds[] = {(guint32)options.seed, (guint32)number, (guint32)(number >> 32)};
	GRand *random = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));
	const GString *from = g_ptr_array_index(pool, (guint)g_rand_int_range(random, 0, (gint32)pool->len));
	GString *message = g_string_new_len(from->str, (gssize)from->len);

	mutator_run(message, pool, random);
	g_rand_free(random);
	return message;
}

static gint64 cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* A message that never ends is ended by SIGPROF. By processor time: a busy machine is no fault of the
 * message. */
static void limit_cpu(int seconds)
{
	const struct itimerval limit = {.it_value.tv_sec = seconds};

	setitimer(ITIMER_PROF, &limit, NULL);
}

/* Kilobytes that the program holds, GLib's own store of freed slices apart (see main()). Not what is
 * resident: pages stay with the allocator after a rare large message. */
static glong held_kb(void)
{
	const struct mallinfo2 info = mallinfo2();

	return (glong)((info.uordblks + info.hblkhd) / 1024);
}

static glong peak_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static gboolean is_good(gint64 slowest_us, glong growth_kb)
{
	return slowest_us <= SECOND_US && growth_kb <= options.growth_kb &&
	       peak_kb() / 1024 <= options.peak_mb;
}

static int run(const GPtrArray *pool, const struct rules *rules)
{
	gint64 slowest_us = 0, slowest = 0, recipients = 0, bytes = 0, began_us = g_get_monotonic_time();
	glong warm_kb = 0, growth_kb;
	gboolean fine;

	for (current = 0; current < options.count; current++) {
		GString *message = make(pool, current);
		gint64 before_us = cpu_us(), took_us;

		limit_cpu(HANG_S);
		recipients += report_check_message(rules, message->str, message->len);
		took_us = cpu_us() - before_us;
		bytes += (gint64)message->len;
		if (took_us > slowest_us)
			slowest_us = took_us, slowest = current;
		g_string_free(message, TRUE);
		if (current == MIN(WARM_MESSAGES, options.count / 2))
			warm_kb = held_kb();
	}
	limit_cpu(0);
	growth_kb = MAX(held_kb() - warm_kb, 0);
	fine = is_good(slowest_us, growth_kb);
	printf("%s: seed %d: %" G_GINT64_FORMAT " messages of %" G_GINT64_FORMAT " bytes in %" G_GINT64_FORMAT
	       " s, %" G_GINT64_FORMAT " recipients; slowest %" G_GINT64_FORMAT
	       " ms (message %" G_GINT64_FORMAT
	       "); holds %ld KB when warm, %ld KB more at the end; %ld MB at most\n",
	       fine ? "ok" : "FAILED", options.seed, options.count,
	       options.count == 0 ? 0 : bytes / options.count,
	       (g_get_monotonic_time() - began_us) / SECOND_US, recipients, slowest_us / 1000, slowest,
	       warm_kb, growth_kb, peak_kb() / 1024);
	return fine ? 0 : 1;
}

static int show_one(const GPtrArray *pool, const struct rules *rules)
{
	GString *message = make(pool, options.only);
	gint64 before_us = cpu_us();
	gboolean is_written = options.write == NULL ||
	                      g_file_set_contents(options.write, message->str, (gssize)message->len, NULL);

	if (!is_written)
		g_error("cannot write %s", options.write);
	current = options.only;
	printf("%zu bytes, %u recipients", message->len,
	       report_check_message(rules, message->str, message->len));
	printf(", %" G_GINT64_FORMAT " ms\n", (cpu_us() - before_us) / 1000);
	g_string_free(message, TRUE);
	return 0;
}

static void free_string(gpointer data)
{
	g_string_free(data, TRUE);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGFPE, SIGILL, SIGPROF};
	const GOptionEntry entries[] = {
	        {"count", 'n', 0, G_OPTION_ARG_INT64, &options.count, "how many messages", "N"},
	        {"seed", 's', 0, G_OPTION_ARG_INT, &options.seed, "the same gives the same messages", "N"},
	        {"only", 0, 0, G_OPTION_ARG_INT64, &options.only, "this message alone", "N"},
	        {"write", 0, 0, G_OPTION_ARG_FILENAME, &options.write, "with --only: write it there", "FILE"},
	        {"peak", 0, 0, G_OPTION_ARG_INT, &options.peak_mb, "memory that it may have at most", "MB"},
	        {"growth", 0, 0, G_OPTION_ARG_INT, &options.growth_kb,
	         "what it may hold more after the first 5000", "KB"},
	        G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) parser = g_option_context_new("FOLDER...");
	g_autoptr(GPtrArray) pool = g_ptr_array_new_with_free_func(free_string);
	g_autoptr(GError) error = NULL;
	struct rules *rules;
	int status;

	/* read when GLib starts: freed slices go back to malloc(), which then can say what is held */
	if (g_getenv("G_SLICE") == NULL && g_setenv("G_SLICE", "always-malloc", TRUE))
		execv("/proc/self/exe", argv);

	g_option_context_add_main_entries(parser, entries, NULL);
	if (!g_option_context_parse(parser, &argc, &argv, &error) || argc < 2) {
		fprintf(stderr, "mutations: %s\n", error != NULL ? error->message : "which folder?");
		return 64;
	}
	for (int i = 1; i < argc; i++)
		read_folder(pool, argv[i]);
	if (options.seed < 0)
		options.seed = g_random_int_range(0, G_MAXINT32);
	for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
		signal(signals[i], report_end);
	rules = rules_new(NULL, &error);
	g_assert_no_error(error);
	status = options.only >= 0 ? show_one(pool, rules) : run(pool, rules);
	rules_free(rules);
	g_free(options.write);
	return status;
}

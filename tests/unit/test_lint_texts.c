// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/file.h"
#include "lib/mail/lint.h"

#include <math.h>
#include <string.h>

/* Sixty messages in six languages, half of them such as nobody should send: what we make of them, beside the
 * scores of SpamAssassin. */

#define FOLDER "tests/data/content"

enum { TEXTS = 60, FILE_MAX = 1024 * 1024 };

struct text {
	char *name;
	double theirs;
	double ours;
	guint errors;
};

static struct text texts[TEXTS];
static guint count;

static void read_scores(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *all = NULL;
	g_auto(GStrv) lines = NULL;

	g_file_get_contents(FOLDER "/spamassassin.tsv", &all, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(all, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		char *tab = strchr(*line, '\t');

		if (**line == '#' || tab == NULL)
			continue;
		g_assert_cmpuint(count, <, TEXTS);
		texts[count].name = g_strndup(*line, (gsize)(tab - *line));
		texts[count++].theirs = g_ascii_strtod(tab + 1, NULL);
	}
	g_assert_cmpuint(count, ==, TEXTS);
}

static void lint_all(void)
{
	g_autoptr(GError) error = NULL;
	struct lint_rules *rules = lint_rules_read(NULL, &error);

	g_assert_no_error(error);
	for (guint i = 0; i < count; i++) {
		g_autofree char *path = g_build_filename(FOLDER, texts[i].name, NULL);
		g_autoptr(GBytes) bytes = file_read(path, FILE_MAX, &error);
		const struct lint_facts facts = {.address = "ada@example.org"};
		struct lint_report *report;
		gsize len;
		const void *data;

		g_assert_no_error(error);
		data = g_bytes_get_data(bytes, &len);
		report = lint_message(rules, data, len, &facts);
		texts[i].ours = report->score;
		texts[i].errors = report->errors;
		for (guint j = 0; j < report->findings->len; j++) {
			const struct lint_finding *finding = g_ptr_array_index(report->findings, j);

			g_test_message("%s: %s %s: %s", texts[i].name, lint_level_name(finding->rule->level),
			               finding->rule->name, finding->seen);
		}
		lint_report_free(report);
	}
	lint_rules_free(rules);
}

/* The rank of a value among all, equal ones share the middle. */
static double rank_of(gsize offset, double value)
{
	guint below = 0, same = 0;

	for (guint i = 0; i < count; i++) {
		double other = G_STRUCT_MEMBER(double, &texts[i], offset);

		below += other < value;
		same += other == value;
	}
	return below + (same + 1) / 2.0;
}

/* Spearman's coefficient: Pearson's of the ranks, which holds with equal ones, too. */
static double agreement(void)
{
	double mean = (count + 1) / 2.0, product = 0, one = 0, two = 0;

	for (guint i = 0; i < count; i++) {
		double a = rank_of(G_STRUCT_OFFSET(struct text, ours), texts[i].ours) - mean;
		double b = rank_of(G_STRUCT_OFFSET(struct text, theirs), texts[i].theirs) - mean;

		product += a * b;
		one += a * a;
		two += b * b;
	}
	return product / sqrt(one * two);
}

static void ranking_agrees_with_spamassassin(void)
{
	double rho = agreement();

	g_test_message("Spearman's coefficient: %.3f", rho);
	g_assert_cmpfloat(rho, >=, 0.7);
}

static void no_good_text_is_refused(void)
{
	guint good = 0;

	for (guint i = 0; i < count; i++) {
		if (strstr(texts[i].name, "-good-") == NULL)
			continue;
		good++;
		if (texts[i].errors > 0)
			g_error("%s would be refused", texts[i].name);
	}
	g_assert_cmpuint(good, ==, TEXTS / 2);
}

static void each_bad_text_is_refused(void)
{
	for (guint i = 0; i < count; i++)
		if (strstr(texts[i].name, "-bad-") != NULL && texts[i].errors == 0)
			g_error("%s would go out", texts[i].name);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	read_scores();
	lint_all();
	g_test_add_func("/lint_texts/ranking_agrees_with_spamassassin", ranking_agrees_with_spamassassin);
	g_test_add_func("/lint_texts/no_good_text_is_refused", no_good_text_is_refused);
	g_test_add_func("/lint_texts/each_bad_text_is_refused", each_bad_text_is_refused);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/policy_file.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char ours[] =
        "[newsletter]\nsuspend_at = 3\nsuspend_after = 14d\ncount_gap = 24h\nsilence = 7d\nsilences = 2\n"
        "forget = 365d\nsuspension = 14d 30d\nprobe_wait = 7d\nreturn_at = 1\nrecheck = 24h\n"
        "remove_after = 72h\nother = full\nuserunknown = hard\nsuspend = twice 7d\n"
        "[guard]\nwindow = 1h\nback = 2h\nshare = 5%\nbase_factor = 10\nevents = 20\nsmall_events = 5\n"
        "small_share = 50%\ncalm = 24h\n"
        "[domains]\nsecond_look = 24h\nthird_look = 72h\nunreachable = 30d\n"
        "[alarms]\nattempts = 200\ncomplaints_notice = 0.1%\ncomplaints_pause = 0.3%\n"
        "failures_notice = 2%\nfailures_pause = 5%\n";
static const struct policy_text our_text = {ours, sizeof(ours) - 1, "ours"};

static void add_line(const char *key, const char *value, gpointer data)
{
	g_string_append_printf(data, "%s = %s\n", key, value);
}

static char *written(const struct policy *policy)
{
	GString *text = g_string_new("[again]\n");

	policy_print(policy, add_line, text);
	return g_string_free(text, FALSE);
}

/* What is printed of a policy is a policy, and the same one. */
static void read_again(const struct policy *policy)
{
	g_autofree char *first = written(policy), *second = NULL;
	const struct policy_text texts[] = {{first, strlen(first), "again"}, our_text};
	g_autoptr(GError) error = NULL;
	struct policies *policies = policies_read(texts, 2, &error);

	if (policies == NULL)
		g_error("what was printed cannot be read: %s\n%s", error->message, first);
	second = written(policies_find(policies, "again"));
	if (strcmp(first, second) != 0)
		g_error("printed\n%sand again\n%s", first, second);
	policies_free(policies);
}

/* The input as an operator's file over one of ours, and as the choice of a list. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct policy_text texts[] = {{(const char *)bytes, len, "theirs"}, our_text};
	g_autofree char *choice = g_strndup((const char *)bytes, len);
	g_autoptr(GError) error = NULL, objection = NULL;
	struct policies *policies = policies_read(texts, 2, &error);
	struct policy *chosen;

	if (policies == NULL) {
		g_clear_error(&error);
		policies = policies_read(texts + 1, 1, &error);
	}
	if (policies == NULL)
		g_error("ours cannot be read: %s", error->message);
	for (guint i = 0; i < policies->all->len; i++)
		read_again(policies->all->pdata[i]);
	chosen = policies_choose(policies, choice, "newsletter", &objection);
	if ((chosen == NULL) != (objection != NULL))
		g_error("neither a policy nor an error, or both");
	if (chosen != NULL) {
		read_again(chosen);
		policy_free(chosen);
	}
	policies_free(policies);
	return 0;
}

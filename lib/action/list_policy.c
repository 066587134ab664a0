// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/list_policy.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/resource.h"

#define OWN_FILE      "rules/policy"
#define OPERATOR_FILE CAROM_SYSCONFDIR "/carom/rules/policy"

static struct policies *read_files(GError **error)
{
	g_autoptr(GBytes) extra = NULL;
	g_autoptr(GBytes) own = resource_read(OWN_FILE);
	struct policy_text texts[2];
	gsize count = 0;

	if (own == NULL) {
		g_set_error(error, FAILURE, FAILURE_BUG, "%s: missing in the program", OWN_FILE);
		return NULL;
	}
	if (g_file_test(OPERATOR_FILE, G_FILE_TEST_EXISTS)) {
		extra = file_read(OPERATOR_FILE, LIMIT_CONFIG_FILE, error);
		if (extra == NULL)
			return NULL;
		texts[count].text = g_bytes_get_data(extra, &texts[count].len);
		texts[count++].name = OPERATOR_FILE;
	}
	texts[count].text = g_bytes_get_data(own, &texts[count].len);
	texts[count++].name = OWN_FILE;
	return policies_read(texts, count, error);
}

const struct policies *list_policies(struct context *context, GError **error)
{
	if (context->policies == NULL)
		context->policies = read_files(error);
	return context->policies;
}

struct policy *list_policy(struct context *context, const struct list *list, GError **error)
{
	const struct policies *policies = list_policies(context, error);
	const char *preset = context->settings->policy;
	g_autoptr(GError) failure = NULL;
	struct policy *policy;

	if (policies == NULL)
		return NULL;
	policy = policies_choose(policies, list->policy, preset, &failure);
	if (policy == NULL && *list->policy != '\0') {
		log_warning("list=%s policy=%s: %s; '%s' is used", list->name, list->policy, failure->message,
		            preset);
		g_clear_error(&failure);
		policy = policies_choose(policies, "", preset, &failure);
	}
	if (policy == NULL)
		g_set_error(error, FAILURE, FAILURE_CONFIG, "[bounce] policy: %s", failure->message);
	return policy;
}

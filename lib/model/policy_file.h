// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_POLICY_FILE_H
#define MODEL_POLICY_FILE_H

#include <glib.h>

#include "lib/model/alarm.h"
#include "lib/model/domain_death.h"
#include "lib/model/mass_guard.h"
#include "lib/model/policy.h"

/*
 * The policies as text: rules/policy, where the syntax is explained, and an operator's file of the same name, which is read
 * before it. Text in, structs out; whoever opens the files is above.
 */
struct policies {
	struct guard_limits guard;     /* for all lists */
	struct domain_limits domains;
	struct alarm_limits alarms;
	GPtrArray *all;                /* of struct policy *, in the order of the files */
	struct policy_source *source;  /* private: the keys as written */
};

/* One text, of len bytes, and the name that errors are to give it. A key that an earlier text of the array has takes the
 * place of a later one's. FAILURE_CONFIG with "NAME:LINE: ...". Free with policies_free(). */
struct policy_text {
	const char *text;
	gsize len;
	const char *name;
};
struct policies *policies_read(const struct policy_text *texts, gsize count, GError **error);
void policies_free(struct policies *policies);

/* By name, or NULL. Borrowed from policies. */
const struct policy *policies_find(const struct policies *policies, const char *name);

/* "newsletter, daily, strict". Caller frees. */
char *policies_names(const struct policies *policies);

/*
 * The policy of a list: "daily", "newsletter suspend_at=4 suspension=14d,30d", "suspend_at=4" (of the preset's), "" (the
 * preset itself). FAILURE_DATA for a name that is not there, a key or a value that cannot be. Free with policy_free().
 */
struct policy *policies_choose(const struct policies *policies, const char *choice, const char *preset, GError **error);
void policy_free(struct policy *policy);

/* All that holds, one line after the other, as it would be written: "suspend_at" "3", "other" "full", then the reasons that
 * differ from it. */
void policy_print(const struct policy *policy, void (*line)(const char *key, const char *value, gpointer data),
                  gpointer data);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_POLICY_KEY_H
#define MODEL_POLICY_KEY_H

#include <glib.h>

#include "lib/model/alarm.h"
#include "lib/model/domain_death.h"
#include "lib/model/mass_guard.h"
#include "lib/model/policy.h"

/* The keys of rules/policy: which sections have them, what their values look like, where they go. Used by policy_file
 * alone. A number for people is written as they write it: 14d, 2.5, 0.1%. */
enum policy_section { SECTION_POLICY, SECTION_GUARD, SECTION_DOMAINS, SECTION_ALARMS };

/* What a section's values are read into; only the member of its kind is used. */
struct policy_values {
	enum policy_section section;
	struct policy *policy;
	struct guard_limits *guard;
	struct domain_limits *domains;
	struct alarm_limits *alarms;
};

/* Read one value. FALSE with the reason in *why_out ("must be ..."; caller frees) for an unknown key or a value that cannot
 * be. "other" must come before the reasons: it sets them all. */
gboolean policy_key_set(struct policy_values *values, const char *key, const char *value, char **why_out);

/* The keys that a section cannot do without, in the order in which they are printed; of a policy also "other". NULL at the
 * end. */
const char *const *policy_key_names(enum policy_section section);

/* The value as it would be written. NULL for an unknown key. Caller frees. */
char *policy_key_print(const struct policy_values *values, const char *key);

/* "full", "twice 7d". Caller frees. */
char *policy_rule_print(const struct policy_rule *rule);

#endif

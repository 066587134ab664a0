// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_POLICY_FIXTURE_H
#define TESTS_POLICY_FIXTURE_H

#include "lib/base/resource.h"
#include "lib/model/policy_file.h"

/* Our own rules/policy, read once. Aborts the test when it cannot be read. */
static inline const struct policies *own_policies(void)
{
	static struct policies *policies;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;
	struct policy_text text = {.name = "rules/policy"};

	if (policies != NULL)
		return policies;
	bytes = resource_read("rules/policy");
	g_assert_nonnull(bytes);
	text.text = g_bytes_get_data(bytes, &text.len);
	policies = policies_read(&text, 1, &error);
	g_assert_no_error(error);
	return policies;
}

static inline const struct policy *own_policy(const char *name)
{
	const struct policy *policy = policies_find(own_policies(), name);

	g_assert_nonnull(policy);
	return policy;
}

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_LIST_POLICY_H
#define ACTION_LIST_POLICY_H

#include "lib/action/context.h"
#include "lib/model/policy_file.h"
#include "lib/store/store_list.h"

/* Which policy holds: rules/policy and the operator's file, read once for each context. */

/* All of them. Borrowed from the context. NULL: *error is set, FAILURE_CONFIG with file:line. */
const struct policies *list_policies(struct context *context, GError **error);

/*
 * A list's own. One that cannot be read any more, because its name has gone or a key has become wrong, falls back to that of
 * [bounce] policy, with a warning. NULL: that is wrong as well. Free with policy_free().
 */
struct policy *list_policy(struct context *context, const struct list *list, GError **error);

#endif

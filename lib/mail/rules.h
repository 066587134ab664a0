// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_RULES_H
#define MAIL_RULES_H

#include <glib.h>

#include "lib/model/verdict.h"

/*
 * The reason rules: data in rules/ (embedded), extended or overridden by files of the same syntax in an operator's
 * folder. Compiled once (PCRE2 JIT behind a prefilter of literals), then read-only and safe to share by threads.
 */
struct rules;

/* folder: the operator's, NULL or missing for none. FAILURE_CONFIG with file:line for a rule that cannot be. */
struct rules *rules_new(const char *folder, GError **error);
void rules_free(struct rules *rules);

#endif

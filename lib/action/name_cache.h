// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_NAME_CACHE_H
#define ACTION_NAME_CACHE_H

#include <glib.h>

#include "lib/model/lookup.h"

/*
 * Answers of the domain name system for rules that ask by lookup_ask: the first question of a kind is sent and said to be
 * waited for, the same later is answered. All questions are on the way at the same time, each with a deadline, and all
 * together have one: after it whatever is not known has failed. So nothing that asks can hang.
 */
struct name_cache;

/* server: as in dns_new(). */
struct name_cache *name_cache_new(const char *server, int question_ms, int all_ms, GError **error);
void name_cache_free(struct name_cache *cache);

/* A lookup_ask; user is the cache. Texts live as long as it does. */
struct lookup name_cache_ask(enum lookup_type type, const char *name, void *user);

/* Wait until something more is known. FALSE: nothing is on the way. */
gboolean name_cache_wait(struct name_cache *cache);

#endif

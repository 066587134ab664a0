// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_FINDER_H
#define LISTD_FINDER_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/model/provider.h"

/*
 * Who receives the mail of a domain: the provider by its MX hosts (rules/providers), remembered for as long as DNS says, a
 * day at most. Asks in the background. A domain that does not exist is its own provider: what happens to its mail is for
 * the relay to say.
 *
 * DNS that cannot tell about a domain: its mail waits. When the system's resolver answers nothing at all, and nobody named
 * another in [dns], domains are taken by their names alone until it answers again.
 */
struct finder;

enum finder_answer {
	FINDER_KNOWN,
	FINDER_ASKED,   /* it comes with a later finder_work() */
	FINDER_UNKNOWN, /* DNS cannot tell; *again_at_out says when to ask again */
};

struct finder *finder_new(const struct context *context, GError **error);
void finder_free(struct finder *finder);

/* *provider_out: a GRefString of the finder's, valid until the next finder_work(). Unix seconds. */
enum finder_answer finder_ask(struct finder *finder, const char *domain, gint64 now, const char **provider_out,
                              gint64 *again_at_out);

/* Was it DNS that said so, or are there only names to go by? For a domain that is FINDER_KNOWN. */
gboolean finder_is_told(const struct finder *finder, const char *domain);

/* What the table says about a provider, or NULL. */
const struct provider *finder_facts(const struct finder *finder, const char *provider);

/* Becomes readable when there are answers. */
int finder_fd(const struct finder *finder);
int finder_wait_ms(const struct finder *finder);
void finder_work(struct finder *finder, gint64 now);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PREFLIGHT_H
#define ACTION_PREFLIGHT_H

#include <glib.h>

#include "lib/run/settings.h"

/*
 * What the world will think of our mail, found out before it is sent. Checks are a table; each is made for every address,
 * From domain or key that it is about, all at the same time. Nothing is changed, and nothing is asked but DNS.
 */
enum preflight_colour {
	PREFLIGHT_GREEN,
	PREFLIGHT_UNKNOWN, /* it cannot be told: no answer, or nothing in the settings to look at */
	PREFLIGHT_YELLOW,
	PREFLIGHT_RED, /* mail will be refused, or anybody may send in our name */
};

struct preflight_result {
	const char *id;    /* "spf.pass" */
	const char *group; /* "spf" */
	char *about;       /* an address, domain or key; "" */
	enum preflight_colour colour;
	char *seen;          /* safe for terminals */
	const char *why;     /* why it matters */
	const char *advice;  /* what to do; "" for green */
	const char *source;  /* the document that asks for it */
};
void preflight_result_free(void *result);

/* from_domains: ended by NULL. All results in the table's order, of struct preflight_result *. FAILURE_CONFIG, FAILURE_LATER:
 * there is no resolver. */
GPtrArray *preflight_run(const struct settings *settings, const char *const *from_domains, gint64 now, GError **error);

/* The ids of all checks that preflight_run() makes, ended by NULL. */
const char *const *preflight_ids(void);

/* "green", "unknown", "yellow", "red". */
const char *preflight_colour_name(enum preflight_colour colour);

#endif

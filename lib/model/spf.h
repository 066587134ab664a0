// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_SPF_H
#define MODEL_SPF_H

#include <glib.h>

#include "lib/model/lookup.h"

/* Sender Policy Framework, RFC 7208: may this address send for this domain? */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
	SPF_WAITING, /* a look-up said LOOKUP_WAIT: ask again */
};

struct spf_query {
	const char *ip;     /* of the client, IPv4 or IPv6 */
	const char *domain; /* whose policy it is */
	const char *sender; /* of MAIL FROM, for macros; "postmaster@HELO" for a null sender */
	const char *helo;
	gint64 now; /* Unix seconds, for %{t} */
};

struct spf_report {
	enum spf_result result;
	int lookups;       /* terms that ask (4.6.4); more than SPF_LOOKUPS_MAX is permerror */
	int voids;         /* of them, those with an empty answer; more than SPF_VOIDS_MAX is permerror */
	char *why;         /* the term that decided, or what is wrong; plain ASCII, with control characters replaced */
	char *explanation; /* what exp= says for SPF_FAIL, or NULL */
};

enum { SPF_LOOKUPS_MAX = 10, SPF_VOIDS_MAX = 2 };

/* check_host() of RFC 7208 4. An ip that is none is SPF_PERMERROR. */
struct spf_report spf_check(const struct spf_query *query, lookup_ask ask, void *user);
void spf_report_clear(struct spf_report *report);

/* What one record looks like, whoever asks. */
struct spf_look {
	char all;          /* the qualifier of its "all", 0 without one */
	gboolean has_redirect;
	gboolean has_ptr;  /* which RFC 7208 5.5 asks not to use */
};

/* Is this TXT an SPF record (4.5)? */
gboolean spf_is_record(const char *text);

/* text: an SPF record by spf_is_record(). FALSE when it has a fault; *why_out then tells it, to be freed. */
gboolean spf_look(const char *text, struct spf_look *look_out, char **why_out);

/* "none", "pass", ..., "waiting". */
const char *spf_result_name(enum spf_result result);

#endif

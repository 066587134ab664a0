// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_DOMAIN_DEATH_H
#define MODEL_DOMAIN_DEATH_H

#include <glib.h>

/*
 * When a domain is dead. Only what our own resolver saw counts, three times, days apart; a name server that fails says
 * nothing. A domain that is there and cannot be reached for a month is not dead, but it is not mailed either.
 */
struct domain_limits {
	gint64 second_s;      /* the second look, after the first */
	gint64 third_s;       /* the third, after the first */
	gint64 unreachable_s; /* no host of it answered for so long */
};

enum domain_answer {
	DOMAIN_LIVES,   /* has an MX that is not null, or an address */
	DOMAIN_GONE,    /* NXDOMAIN, or a null MX (RFC 7505) */
	DOMAIN_SILENT,  /* SERVFAIL, a time-out: no answer */
};

/* One domain. All zero: nothing is known against it. */
struct domain_history {
	int looks;               /* that found it gone, in a row */
	gint64 gone_at;          /* the first of them */
	gint64 look_at;          /* the next look is due then; 0: none */
	gint64 unreachable_since; /* no delivery got through since; 0: the last one did */
};

enum domain_action {
	DOMAIN_IGNORE,
	DOMAIN_LOOK,    /* look it up again at ->history.look_at */
	DOMAIN_REMOVE,  /* EVENT_DOMAIN_DEAD for all its subscribers */
	DOMAIN_SUSPEND, /* EVENT_DOMAIN_UNREACHABLE for all its active subscribers */
};

struct domain_decision {
	enum domain_action action;
	struct domain_history history; /* afterwards */
	const char *why;               /* static */
};

/* A bounce named the domain (policy_decision.check_domain): LOOK now, unless a look is due anyway. */
struct domain_decision domain_suspect(const struct domain_history *history, gint64 now);

/* What a look that was due found. One that comes early is not counted; one that comes late puts off the next. */
struct domain_decision domain_look(const struct domain_limits *limits, const struct domain_history *history,
                                   enum domain_answer answer, gint64 now);

/* A delivery to the domain ended. has_answered: some host of it took part, whatever it said. */
struct domain_decision domain_contact(const struct domain_limits *limits, const struct domain_history *history,
                                      gboolean has_answered, gint64 now);

#endif

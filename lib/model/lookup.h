// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_LOOKUP_H
#define MODEL_LOOKUP_H

#include <glib.h>

/*
 * How pure rules ask the domain name system: they call back, and may be told that the answer is not there yet. Then they
 * give up with a result that says so, and are called again from the start when it is; so that many rules wait side by
 * side in one thread. Whoever answers gives the same answer to the same question for as long as a rule is tried.
 */
enum lookup_type { LOOKUP_A, LOOKUP_AAAA, LOOKUP_MX, LOOKUP_TXT, LOOKUP_PTR };

enum lookup_outcome {
	LOOKUP_WAIT,    /* not known yet: come again */
	LOOKUP_FOUND,   /* at least one record */
	LOOKUP_NOTHING, /* the name, or its records of this type, do not exist */
	LOOKUP_FAILED,  /* cannot be told now */
};

struct lookup {
	enum lookup_outcome outcome;
	/* Borrowed, ended by NULL: addresses, host names without a final dot, or TXT with their strings joined. NULL unless
	 * found. */
	const char *const *texts;
};

/* name: a domain, for LOOKUP_PTR an address. */
typedef struct lookup (*lookup_ask)(enum lookup_type type, const char *name, void *user);

#endif

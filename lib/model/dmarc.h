// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_DMARC_H
#define MODEL_DMARC_H

#include <glib.h>

#include "lib/model/lookup.h"

/* Who answers for the From of a message: DMARC, RFC 9989, with the records of RFC 7489 taken, too. */
enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

struct dmarc_record {
	enum dmarc_policy policy;     /* p=; DMARC_NONE when it is missing or makes no sense */
	enum dmarc_policy sub_policy; /* sp=, else p= */
	gboolean has_policy;          /* a p= that makes sense */
	gboolean is_dkim_strict, is_spf_strict;
	gboolean is_testing;          /* t=y */
	gboolean has_reports;         /* rua= */
	gboolean has_obsolete;        /* pct=, rf= or ri= */
	char psd;                     /* y, n or u */
};

/* FALSE: no DMARC record. Tags that nobody knows, and values that make no sense, are passed over. text: hostile. */
gboolean dmarc_record_read(const char *text, struct dmarc_record *record_out);

enum dmarc_outcome {
	DMARC_FOUND,
	DMARC_MISSING,
	DMARC_WAITING, /* a look-up said LOOKUP_WAIT: ask again */
	DMARC_FAILED,  /* a look-up failed */
};

struct dmarc_finding {
	enum dmarc_outcome outcome;
	char *organisation;         /* the organisational domain; NULL for DMARC_WAITING and DMARC_FAILED */
	char *where;                /* DMARC_FOUND: the domain whose record holds */
	enum dmarc_policy effective; /* DMARC_FOUND: what it asks for mail from this domain */
	struct dmarc_record record;
};

/* Walk up the tree (4.10), with at most eight questions. */
struct dmarc_finding dmarc_find(const char *domain, lookup_ask ask, void *user);
void dmarc_finding_clear(struct dmarc_finding *finding);

/* "none", "quarantine", "reject". */
const char *dmarc_policy_name(enum dmarc_policy policy);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PREFLIGHT_CHECK_H
#define ACTION_PREFLIGHT_CHECK_H

#include "lib/action/name_cache.h"
#include "lib/action/preflight.h"

/* One line of the table of checks, and one of them being made. */
enum preflight_scope { PREFLIGHT_ONCE, PREFLIGHT_ADDRESS, PREFLIGHT_FROM, PREFLIGHT_KEY };

struct preflight_job {
	const struct preflight_check *check;
	const struct settings *settings;
	struct name_cache *cache;
	const char *about; /* the address or From domain; "" */
	const struct settings_dkim *key; /* PREFLIGHT_KEY */
	gint64 now;
	struct preflight_result *result;
};

struct preflight_check {
	const char *id, *group;
	enum preflight_scope scope;
	/* FALSE: an answer is not there yet; it is called again. */
	gboolean (*run)(struct preflight_job *job);
	const char *why, *source;
};

/* The end of a check. Always TRUE. advice: static. */
gboolean preflight_say(struct preflight_job *job, enum preflight_colour colour, const char *advice, const char *format, ...)
        G_GNUC_PRINTF(4, 5);
gboolean preflight_no_answer(struct preflight_job *job, const char *name);

/* An address of the public network? Of another the world knows nothing. */
gboolean preflight_is_public(const char *text);

/* The checks themselves. */
gboolean preflight_address_kind(struct preflight_job *job);
gboolean preflight_address_names(struct preflight_job *job);
gboolean preflight_spf_pass(struct preflight_job *job);
gboolean preflight_spf_stranger(struct preflight_job *job);
gboolean preflight_spf_record(struct preflight_job *job);
gboolean preflight_sender_id(struct preflight_job *job);
gboolean preflight_dkim_key(struct preflight_job *job);
gboolean preflight_domain_keys(struct preflight_job *job);
gboolean preflight_dmarc_record(struct preflight_job *job);
gboolean preflight_dmarc_aligned(struct preflight_job *job);

#endif

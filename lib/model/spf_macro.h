// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_SPF_MACRO_H
#define MODEL_SPF_MACRO_H

#include <glib.h>

/* Macros of SPF, RFC 7208 7. */
struct spf_macro_values {
	const char *sender, *local_part, *sender_domain, *domain, *helo;
	const char *ip;        /* for %{i}: dotted, of IPv6 each nibble */
	const char *ip_text;   /* for %{c} */
	const char *validated; /* for %{p}: "unknown" without one */
	gboolean is_ipv6;
	gint64 now;
};

/* Can this be a domain-spec? */
gboolean spf_macro_is_domain(const char *spec);

/* Can this be a macro-string, or, with is_explanation, the text of an explanation: blanks, and the letters c, r and t? */
gboolean spf_macro_is_string(const char *text, gboolean is_explanation);

/* Does it speak of %{p}, for which names have to be looked up? */
gboolean spf_macro_wants_validated(const char *spec);

/* text must be what the functions above take. Caller frees. */
char *spf_macro_expand(const char *text, const struct spf_macro_values *values);

/* The same, cut at the left to what a name may have (7.3). */
char *spf_macro_expand_domain(const char *spec, const struct spf_macro_values *values);

#endif

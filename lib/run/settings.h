// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_H
#define RUN_SETTINGS_H

#include <glib.h>

/*
 * carom.conf: one table of keys with type, default, limits and help text; the parser, `-T`, the manual check and the
 * sample file read it. GKeyFile syntax, read with line numbers: unknown sections and keys, duplicates, bad and
 * out-of-range values are FAILURE_CONFIG with "FILE:LINE: ...". Values are raw; comments stand on lines of their own.
 */

/* "7200/h, 2/s": at most count per window, each. */
struct settings_rate {
	int count;
	int window_s; /* 1, 60, 3600, 86400 */
};

enum settings_tls {
	SETTINGS_TLS_OFF,
	SETTINGS_TLS_OPPORTUNISTIC,
	SETTINGS_TLS_REQUIRED,
	SETTINGS_TLS_VERIFY,
	SETTINGS_TLS_IMPLICIT
};
enum settings_ambiguous { SETTINGS_AMBIGUOUS_RESEND, SETTINGS_AMBIGUOUS_SKIP };

struct settings_relay { /* [relay:NAME] */
	char *name;
	char *host; /* without port and brackets */
	guint16 port;
	enum settings_tls tls; /* default verify, off on loopback */
	char *ca_file;
	GPtrArray *source_addresses; /* of char * */
	char *log;
	char *queue;
	char *user;
	char *password_file;
	char *password; /* read from password_file, which must be private (else FAILURE_CONFIG) */
	int connections;
	int messages_per_connection;
	GArray *rates; /* of struct settings_rate, empty: no limit */
	int weight;
};

struct settings_provider { /* [provider:NAME] */
	char *name;
	GArray *rates;
	int connections; /* 0: not set */
};

struct settings_dkim { /* [dkim:NAME] */
	char *name;
	char *domain;
	char *selector;
	char *key_file;
};

struct settings {
	char *file; /* the configuration file itself */
	char *idle; /* what it sets that has no effect in this version: "[send] window, [relay:b]"; NULL: nothing */
	/* [carom]; paths are absolute or made relative to the file's folder */
	char *database;
	char *secrets;
	char *hostname;
	char *bounce_domain;
	GPtrArray *relays;    /* of struct settings_relay *, in the file's order */
	GPtrArray *providers; /* of struct settings_provider * */
	GPtrArray *dkims;     /* of struct settings_dkim * */
	/* [send] */
	GArray *send_rates;
	gboolean warmup;
	char *window; /* "08:00-20:00 Europe/Berlin" or "" */
	gint64 max_age_s;
	enum settings_ambiguous ambiguous;
	char *profile; /* "" or "cautious" */
	/* [bounce] */
	char *lmtp;
	char *maildir;
	gint64 keep_raw_s;
	char *policy;
	/* [web] */
	char *listen;
	char *base_url; /* without trailing '/' */
	char *trusted_proxy;
	/* [dns] */
	char *dns_server;
	/* [dnsbl] */
	GPtrArray *dnsbl_zones; /* of char * */
	/* [log] */
	char *log_target;
	char *log_level;
};

/* -c's argument or NULL -> $CAROM_CONFIG, ./carom.conf, /etc/carom/carom.conf. FAILURE_CONFIG when there is none, naming
 * the places looked at. Caller frees. */
char *settings_find(const char *given, GError **error);

/* All that is wrong is reported at once, a line each, in the file's order. Only FAILURE_LATER and FAILURE_PERMISSION
 * (the file cannot be opened now, or by us) are other codes. Warns on the log of a relay password that is easily guessed. */
struct settings *settings_read(const char *path, GError **error);

/* The same for a text in memory; path: what it is called, and where relative paths start. */
struct settings *settings_read_text(const char *path, const char *text, gsize len, GError **error);

void settings_free(struct settings *settings);

/* Effective values in the file's own syntax, secrets left out (for -T). */
char *settings_print(const struct settings *settings);

/* The table, for the manual check: "section.key" names in order. Free the array only. */
GPtrArray *settings_keys(void);

/* What a key of settings_keys() is for, and its default as written in a file ("" for none). NULL: no such key. Static. */
const char *settings_key_help(const char *name);
const char *settings_key_default(const char *name);

/* Whether this version reads and checks the key, and does nothing with it. FALSE also when there is none. */
gboolean settings_key_is_idle(const char *name);

/* Take a window apart: minutes of the day in zone, which the caller unrefs. from > to: over midnight. */
gboolean settings_window_read(const char *text, int *from_out, int *to_out, GTimeZone **zone_out);

/* "10/s, 20000/h" into an array of struct settings_rate; NULL: *why_out (may be NULL) says why. And back. */
GArray *settings_rates_read(const char *text, char **why_out);
char *settings_rates_print(GArray *rates);

/* "localhost", 127.0.0.0/8, ::1: a host that no wire leads to. */
gboolean settings_host_is_loopback(const char *host);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_TABLE_H
#define RUN_SETTINGS_TABLE_H

#include <glib.h>

/* The table of all keys: what the reader, the printer and the manual check know about carom.conf. Inside lib/run only. */

/* Sections of a form. The named ones stand as [relay:NAME], any number of times. */
enum section_kind {
	SECTION_CAROM,
	SECTION_RELAY,
	SECTION_PROVIDER,
	SECTION_SEND,
	SECTION_BOUNCE,
	SECTION_WEB,
	SECTION_DNS,
	SECTION_DKIM,
	SECTION_DNSBL,
	SECTION_LOG,
	SECTION_KINDS
};

/* What a value is, and so how it is read, kept, printed and freed. */
enum value_type {
	VALUE_TEXT,      /* char *, any printable text */
	VALUE_PATH,      /* char *, absolute */
	VALUE_PATH_WORD, /* char *, absolute, or the word of choices */
	VALUE_QUEUE,     /* char *, a postqueue command */
	VALUE_HOST,      /* char *, a host name in lower case */
	VALUE_HOST_PORT, /* char *, and a guint16 at offset2 */
	VALUE_NAME,      /* char *, lower-case letters, digits, hyphens, underscores */
	VALUE_SELECTOR,  /* char *, labels of a DKIM selector */
	VALUE_CHOICE,    /* char *, one word of choices */
	VALUE_ENUM,      /* int, index into choices */
	VALUE_SWITCH,    /* gboolean, on or off */
	VALUE_COUNT,     /* int within least..most */
	VALUE_DURATION,  /* gint64 seconds within least..most */
	VALUE_RATES,     /* GArray of struct settings_rate */
	VALUE_ADDRESSES, /* GPtrArray of char *, IP addresses */
	VALUE_ZONES,     /* GPtrArray of char *, DNS names */
	VALUE_ADDRESS,   /* char *, one IP address */
	VALUE_SERVER,    /* char *, IP address, or ADDRESS@PORT */
	VALUE_LISTEN,    /* char *, HOST:PORT or unix:PATH */
	VALUE_WINDOW,    /* char *, HH:MM-HH:MM ZONE */
	VALUE_URL,       /* char *, https, without trailing '/' */
};

struct settings_key {
	enum section_kind section;
	const char *name;           /* "relay.host" */
	const char *key;            /* "host" */
	enum value_type type;
	gsize offset;               /* of the member in the struct of its section */
	gsize offset2;
	const char *preset;         /* as it would be written; NULL: none */
	gboolean is_required;
	gboolean is_idle;           /* checked, but without effect in this version */
	gint64 least, most;
	const char *const *choices; /* NULL-terminated */
	const char *help;
};

extern const struct settings_key settings_table[];
extern const gsize settings_table_len;

struct settings_section {
	const char *name; /* "relay" */
	gboolean is_named;
};
extern const struct settings_section settings_sections[SECTION_KINDS];

/* NULL: no such key in that section. */
const struct settings_key *settings_table_find(enum section_kind section, const char *key);

#endif

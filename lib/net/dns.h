// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_DNS_H
#define NET_DNS_H

#include <glib.h>

/*
 * Look-ups in the domain name system, by libunbound, each with a deadline of its own. An answer that was not had is never
 * "does not exist": SERVFAIL, a refusal, a loop of aliases, silence and nonsense are all DNS_UNKNOWN.
 * What comes back is hostile: names have only letters, digits, '-', '_' and '.', other bytes as \DDD; TXT is raw bytes.
 * DNSSEC is not checked. A struct dns belongs to one thread; callbacks run in
 * dns_work(), dns_ask*() and dns_free() only.
 */
struct dns;

enum dns_type { DNS_A, DNS_AAAA, DNS_MX, DNS_TXT, DNS_PTR };

enum dns_outcome {
	DNS_ANSWER,   /* at least one record */
	DNS_NXDOMAIN, /* the name does not exist */
	DNS_NODATA,   /* the name exists, without records of this type */
	DNS_NULL_MX,  /* MX: the domain takes no mail, RFC 7505 */
	DNS_UNKNOWN,  /* it cannot be told now; why says the reason */
};

struct dns_record {
	char *text;     /* an address, a name in lower case without a final dot, or the strings of a TXT joined; NUL-terminated */
	gsize len;      /* of text: a TXT may hold NULs */
	int preference; /* MX */
};

struct dns_answer {
	enum dns_outcome outcome;
	GPtrArray *records; /* of struct dns_record *, MX by preference; empty unless DNS_ANSWER */
	gint64 ttl_s;       /* how long it may be kept; 0 for DNS_UNKNOWN */
	const char *why;    /* DNS_UNKNOWN: static text; else "" */
};
void dns_answer_free(struct dns_answer *answer);

/* How a domain takes mail (RFC 5321 5.1): by its MX records, or, where it has none, by its own addresses. */
struct dns_mail {
	enum dns_outcome outcome; /* DNS_NODATA: it exists, and no server takes its mail */
	GPtrArray *hosts;         /* of char *, by preference; the domain itself when is_implicit */
	gboolean is_implicit;     /* A or AAAA in place of an MX */
	gint64 ttl_s;
	const char *why;
};
void dns_mail_free(struct dns_mail *mail);

/* server: "ADDRESS" or "ADDRESS@PORT"; NULL: the resolvers of the system. FAILURE_CONFIG for a server that cannot be one,
 * FAILURE_LATER without memory or threads. */
struct dns *dns_new(const char *server, GError **error);

/* Questions on the way are called back first, as DNS_UNKNOWN; the callbacks must not ask anew. */
void dns_free(struct dns *dns);

/* name: a domain, or for DNS_PTR an IP address. Waits for at most timeout_ms. Never NULL; caller frees. */
struct dns_answer *dns_ask(struct dns *dns, enum dns_type type, const char *name, int timeout_ms) G_GNUC_WARN_UNUSED_RESULT;
struct dns_mail *dns_ask_mail(struct dns *dns, const char *domain, int timeout_ms) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The same without waiting: the callback comes in a later dns_work(), and owns what it gets. FALSE: LIMIT_DNS_QUESTIONS are
 * on the way already; ask again later. The deadline of dns_start_mail() is for all of its questions together.
 */
typedef void (*dns_answered)(struct dns_answer *answer, void *user);
typedef void (*dns_mail_found)(struct dns_mail *mail, void *user);
gboolean dns_start(struct dns *dns, enum dns_type type, const char *name, int timeout_ms, dns_answered callback,
                   void *user) G_GNUC_WARN_UNUSED_RESULT;
gboolean dns_start_mail(struct dns *dns, const char *domain, int timeout_ms, dns_mail_found callback,
                        void *user) G_GNUC_WARN_UNUSED_RESULT;

/* Becomes readable when dns_work() has something to do. */
int dns_fd(const struct dns *dns);

/* Call back for all that was answered or has passed its deadline. */
void dns_work(struct dns *dns);

/* Milliseconds until the next deadline, -1 when nothing is on the way. */
int dns_wait_ms(const struct dns *dns);

/* "answer", "nxdomain", "nodata", "null-mx", "unknown". */
const char *dns_outcome_name(enum dns_outcome outcome);

#endif

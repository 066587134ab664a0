// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/dns.h"

#include <string.h>

/* A look-up in steps: MX, then A, then AAAA, as far as needed. */
struct search {
	struct dns *dns;
	char *domain;
	gint64 deadline_us; /* monotonic */
	gint64 ttl_s;
	gboolean is_known; /* a step before said that the name exists */
	dns_mail_found callback;
	void *user;
};

void dns_mail_free(struct dns_mail *mail)
{
	if (mail == NULL)
		return;
	g_ptr_array_unref(mail->hosts);
	g_free(mail);
}

static void end(struct search *search, enum dns_outcome outcome, GPtrArray *hosts, gboolean is_implicit,
                gint64 ttl_s, const char *why)
{
	struct dns_mail *mail = g_new0(struct dns_mail, 1);

	mail->outcome = outcome;
	mail->hosts = hosts != NULL ? hosts : g_ptr_array_new_with_free_func(g_free);
	mail->is_implicit = is_implicit;
	mail->ttl_s = MIN(search->ttl_s, ttl_s);
	mail->why = why;
	search->callback(mail, search->user);
	g_free(search->domain);
	g_free(search);
}

static void take_aaaa(struct dns_answer *answer, void *user);
static void take_a(struct dns_answer *answer, void *user);

static void go_on(struct search *search, enum dns_type type, dns_answered callback)
{
	gint64 left_ms = (search->deadline_us - g_get_monotonic_time()) / 1000;

	if (left_ms <= 0)
		end(search, DNS_UNKNOWN, NULL, FALSE, 0, "no answer in time");
	else if (!dns_start(search->dns, type, search->domain, (int)left_ms, callback, search))
		end(search, DNS_UNKNOWN, NULL, FALSE, 0, "too many questions at once");
}

static void end_implicit(struct search *search, gint64 ttl_s)
{
	GPtrArray *hosts = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(hosts, g_strdup(search->domain));
	end(search, DNS_ANSWER, hosts, TRUE, ttl_s, "");
}

static void take_aaaa(struct dns_answer *answer, void *user)
{
	struct search *search = user;
	enum dns_outcome outcome = answer->outcome;

	if (outcome == DNS_ANSWER) {
		end_implicit(search, answer->ttl_s);
	} else {
		/* a server that lies about one of the types must not kill the domain */
		if (outcome == DNS_NXDOMAIN && search->is_known)
			outcome = DNS_NODATA;
		end(search, outcome, NULL, FALSE, answer->ttl_s, answer->why);
	}
	dns_answer_free(answer);
}

static void take_a(struct dns_answer *answer, void *user)
{
	struct search *search = user;

	if (answer->outcome == DNS_ANSWER) {
		end_implicit(search, answer->ttl_s);
	} else if (answer->outcome == DNS_UNKNOWN) {
		end(search, DNS_UNKNOWN, NULL, FALSE, 0, answer->why);
	} else {
		search->ttl_s = MIN(search->ttl_s, answer->ttl_s);
		go_on(search, DNS_AAAA, take_aaaa);
	}
	dns_answer_free(answer);
}

static GPtrArray *list_hosts(const struct dns_answer *answer)
{
	GPtrArray *hosts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < answer->records->len; i++) {
		const struct dns_record *record = answer->records->pdata[i];

		g_ptr_array_add(hosts, g_strdup(record->text));
	}
	return hosts;
}

static void take_mx(struct dns_answer *answer, void *user)
{
	struct search *search = user;

	switch (answer->outcome) {
	case DNS_ANSWER: end(search, DNS_ANSWER, list_hosts(answer), FALSE, answer->ttl_s, ""); break;
	case DNS_NODATA:
		search->is_known = TRUE;
		search->ttl_s = answer->ttl_s;
		go_on(search, DNS_A, take_a);
		break;
	case DNS_NXDOMAIN:
	case DNS_NULL_MX:
	case DNS_UNKNOWN: end(search, answer->outcome, NULL, FALSE, answer->ttl_s, answer->why); break;
	}
	dns_answer_free(answer);
}

gboolean dns_start_mail(struct dns *dns, const char *domain, int timeout_ms, dns_mail_found callback,
                        void *user)
{
	struct search *search = g_new0(struct search, 1);

	search->dns = dns;
	search->domain = g_strdup(domain);
	search->deadline_us = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
	search->ttl_s = G_MAXINT64;
	search->callback = callback;
	search->user = user;
	if (dns_start(dns, DNS_MX, domain, timeout_ms, take_mx, search))
		return TRUE;
	g_free(search->domain);
	g_free(search);
	return FALSE;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preflight.h"

#include "tests/unit/name_server.h"

#include <string.h>

#define ED25519 "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
/* 2048 bits, of no use to anybody */
#define RSA                                                                                          \
	"v=DKIM1; p="                                                                                \
	"MIIBCgKCAQEAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIDAQAB"

#define END                         \
	{                           \
		NULL, NULL, NULL, 0 \
	}

static const struct name_line good[] = {
        {"10.2.0.192.in-addr.arpa", "PTR", "mail.good.test", 0},
        {"mail.good.test", "A", "192.0.2.10", 0},
        {"lists.good.test", "TXT", "v=spf1 ip4:192.0.2.10 -all", 0},
        {"k._domainkey.good.test", "TXT", RSA, 0},
        {"_dmarc.good.test", "TXT", "v=DMARC1; p=reject; rua=mailto:d@good.test", 0},
        END};
static const struct name_line bad[] = {{"10.2.0.192.in-addr.arpa", "PTR", "mail.good.test", 0},
                                       {"mail.good.test", "A", "192.0.2.11", 0},
                                       {"lists.good.test", "TXT", "v=spf1 ip4:192.0.2.11 -all", 0},
                                       {"lists.good.test", "TXT", "v=spf1 +all", 0},
                                       {"k._domainkey.good.test", "TXT", "v=DKIM1; p=", 0},
                                       END};
static const struct name_line open_to_all[] = {
        {"lists.good.test", "TXT", "v=spf1 +all", 0}, {"lists.good.test", "TXT", "spf2.0/pra -all", 0}, END};
static const struct name_line so_so[] = {
        {"10.2.0.192.in-addr.arpa", "PTR", "192-0-2-10.pool.good.test", 0},
        {"192-0-2-10.pool.good.test", "A", "192.0.2.10", 0},
        {"lists.good.test", "TXT", "v=spf1 ptr:good.test ?all", 0},
        {"lists.good.test", "TXT", "spf2.0/pra -all", 0},
        {"_domainkey.good.test", "TXT", "t=y; o=~", 0},
        {"k._domainkey.good.test", "TXT", ED25519, 0},
        {"_dmarc.good.test", "TXT", "v=DMARC1; p=none; rua=mailto:d@good.test", 0},
        END};
static const struct name_line broken[] = {
        {"10.2.0.192.in-addr.arpa", "PTR", "!SERVFAIL", 0}, {"lists.good.test", "TXT", "!SERVFAIL", 0},
        {"_domainkey.good.test", "TXT", "!SERVFAIL", 0},    {"k._domainkey.good.test", "TXT", "!REFUSED", 0},
        {"_dmarc.good.test", "TXT", "!SERVFAIL", 0},        END};
static const struct name_line silent[] = {
        {"10.2.0.192.in-addr.arpa", "PTR", "!SILENT", 0}, {"lists.good.test", "TXT", "!SILENT", 0},
        {"_domainkey.good.test", "TXT", "!SILENT", 0},    {"k._domainkey.good.test", "TXT", "!SILENT", 0},
        {"_dmarc.good.test", "TXT", "!SILENT", 0},        END};

static GPtrArray *check(const struct name_line *lines, const char *address, const char *bounce_domain,
                        const char *key_domain)
{
	static const char *const from[] = {"good.test", NULL};
	g_autoptr(GError) error = NULL;
	struct name_server server;
	struct settings *settings;
	g_autofree char *text = NULL, *key = NULL;
	GPtrArray *results;

	name_server_start(&server, lines);
	key = *key_domain != '\0'
	              ? g_strdup_printf("[dkim:k]\ndomain = %s\nselector = k\nkey_file = k.pem\n", key_domain)
	              : g_strdup("");
	text = g_strdup_printf(
	        "[carom]\nhostname = mail.good.test\nbounce_domain = %s\n[relay:main]\nhost = 127.0.0.1:25\n"
	        "%s%s\n[web]\nbase_url = https://good.test\n[dns]\nserver = %s\n%s",
	        bounce_domain, *address != '\0' ? "source_address = " : "", address, server.address, key);
	settings = settings_read_text("/tmp/carom.conf", text, strlen(text), &error);
	g_assert_no_error(error);
	results = preflight_run(settings, from, 1000, &error);
	g_assert_no_error(error);
	settings_free(settings);
	name_server_stop(&server);
	return results;
}

static const struct preflight_result *find(const GPtrArray *results, const char *id)
{
	for (guint i = 0; i < results->len; i++)
		if (strcmp(((const struct preflight_result *)results->pdata[i])->id, id) == 0)
			return results->pdata[i];
	g_error("no %s", id);
}

static void every_check_knows_its_colours(void)
{
	enum { G = PREFLIGHT_GREEN, Y = PREFLIGHT_YELLOW, R = PREFLIGHT_RED, U = PREFLIGHT_UNKNOWN };
	static const char *const ids[] = {"egress.address", "egress.names",  "spf.pass", "spf.strangers",
	                                  "spf.record",     "spf.sender-id", "dkim.key", "dkim.domainkeys",
	                                  "dmarc.record",   "dmarc.aligned"};
	static const struct {
		const struct name_line *lines;
		const char *address, *bounce_domain, *key_domain;
		int colours[G_N_ELEMENTS(ids)];
	} cases[] = {
	        {good, "192.0.2.10", "lists.good.test", "good.test", {G, G, G, G, G, G, G, G, G, G}},
	        {good, "192.0.2.99", "lists.good.test", "", {G, R, R, G, G, G, U, G, G, Y}},
	        {good, "10.0.0.1", "lists.good.test", "other.test", {U, U, U, G, G, G, R, G, G, Y}},
	        {good, "", "elsewhere.test", "other.test", {U, U, U, Y, R, G, R, G, G, R}},
	        {good, "", "elsewhere.test", "", {U, U, U, Y, R, G, U, G, G, U}},
	        {bad, "192.0.2.10", "lists.good.test", "good.test", {G, R, R, Y, R, G, R, G, R, Y}},
	        {open_to_all, "192.0.2.10", "lists.good.test", "good.test", {G, R, G, R, G, Y, R, G, R, Y}},
	        {so_so, "192.0.2.10", "lists.good.test", "good.test", {G, Y, G, Y, Y, Y, Y, Y, Y, G}},
	        {broken, "192.0.2.10", "lists.good.test", "good.test", {G, U, U, U, U, U, U, U, U, U}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) results = check(cases[i].lines, cases[i].address, cases[i].bounce_domain,
		                                     cases[i].key_domain);

		g_assert_cmpuint(results->len, ==, G_N_ELEMENTS(ids));
		for (gsize k = 0; k < G_N_ELEMENTS(ids); k++) {
			const struct preflight_result *result = find(results, ids[k]);

			if ((int)result->colour != cases[i].colours[k])
				g_error("case %zu, %s: %s (%s)", i, ids[k],
				        preflight_colour_name(result->colour), result->seen);
			g_assert_true((*result->advice == '\0') == (result->colour == PREFLIGHT_GREEN));
		}
	}
}

static void silence_is_told_in_time(void)
{
	gint64 began_us = g_get_monotonic_time();
	g_autoptr(GPtrArray) results = check(silent, "192.0.2.10", "lists.good.test", "good.test");

	g_assert_cmpint(find(results, "spf.pass")->colour, ==, PREFLIGHT_UNKNOWN);
	g_assert_cmpint(find(results, "dmarc.record")->colour, ==, PREFLIGHT_UNKNOWN);
	g_assert_cmpint(g_get_monotonic_time() - began_us, <, 10 * G_USEC_PER_SEC);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/preflight/every_check_knows_its_colours", every_check_knows_its_colours);
	g_test_add_func("/preflight/silence_is_told_in_time", silence_is_told_in_time);
	return g_test_run();
}

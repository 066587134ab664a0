// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/run/settings.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* The least that is a configuration; what a test adds begins on line 7. */
#define LEAST                                                                                       \
	"[carom]\nhostname = lists.example.org\n[relay:main]\nhost = 127.0.0.1\n[web]\nbase_url = " \
	"https://x.example\n"

static struct settings *read_text(const char *text, GError **error)
{
	return settings_read_text("/etc/carom/c.conf", text, strlen(text), error);
}

static struct settings *read_good(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct settings *settings = read_text(text, &error);

	g_assert_no_error(error);
	return settings;
}

static void what_is_not_written_has_its_default(void)
{
	struct settings *settings = read_good(LEAST);
	const struct settings_relay *relay = settings->relays->pdata[0];
	const struct settings_rate *rate = &g_array_index(settings->send_rates, struct settings_rate, 0);

	g_assert_cmpstr(settings->file, ==, "/etc/carom/c.conf");
	g_assert_cmpstr(settings->database, ==, "/etc/carom/carom.db");
	g_assert_cmpstr(settings->secrets, ==, "/etc/carom/secrets");
	g_assert_cmpstr(settings->bounce_domain, ==, "lists.example.org");
	g_assert_cmpuint(settings->relays->len, ==, 1);
	g_assert_cmpstr(relay->name, ==, "main");
	g_assert_cmpstr(relay->host, ==, "127.0.0.1");
	g_assert_cmpint(relay->port, ==, 25);
	g_assert_cmpint(relay->tls, ==, SETTINGS_TLS_OFF);
	g_assert_cmpint(relay->connections, ==, 4);
	g_assert_cmpint(relay->messages_per_connection, ==, 100);
	g_assert_cmpint(relay->weight, ==, 1);
	g_assert_cmpuint(relay->rates->len, ==, 0);
	g_assert_cmpuint(relay->source_addresses->len, ==, 0);
	g_assert_null(relay->ca_file);
	g_assert_null(relay->user);
	g_assert_null(relay->password);
	g_assert_cmpuint(settings->providers->len + settings->dkims->len, ==, 0);
	g_assert_cmpuint(settings->send_rates->len, ==, 1);
	g_assert_cmpint(rate->count, ==, 36000);
	g_assert_cmpint(rate->window_s, ==, 3600);
	g_assert_false(settings->warmup);
	g_assert_cmpstr(settings->window, ==, "");
	g_assert_cmpint(settings->max_age_s, ==, 5 * 86400);
	g_assert_cmpint(settings->ambiguous, ==, SETTINGS_AMBIGUOUS_RESEND);
	g_assert_cmpstr(settings->profile, ==, "");
	g_assert_null(settings->lmtp);
	g_assert_null(settings->maildir);
	g_assert_cmpint(settings->keep_raw_s, ==, 30 * 86400);
	g_assert_cmpstr(settings->policy, ==, "newsletter");
	g_assert_cmpstr(settings->listen, ==, "127.0.0.1:8025");
	g_assert_cmpstr(settings->base_url, ==, "https://x.example");
	g_assert_null(settings->trusted_proxy);
	g_assert_null(settings->dns_server);
	g_assert_cmpuint(settings->dnsbl_zones->len, ==, 0);
	g_assert_cmpstr(settings->log_target, ==, "stderr");
	g_assert_cmpstr(settings->log_level, ==, "info");
	settings_free(settings);
}

static const char full[] = "\xef\xbb\xbf# every key\r\n"
                           "[carom]\r\n"
                           "database = /var/lib/carom/carom.db   \r\n"
                           "  secrets=../keys\n"
                           "hostname = Lists.Example.ORG\n"
                           "bounce_domain = bounces.example.org\n"
                           "\n"
                           "[relay:main]\n"
                           "host = [2001:db8::1]:587\n"
                           "tls = required\n"
                           "ca_file = ca.pem\n"
                           "source_address = 192.0.2.10, 2001:db8::a\n"
                           "log = journal\n"
                           "queue = /usr/sbin/postqueue -c /etc/postfix-out\n"
                           "connections = 100\n"
                           "messages_per_connection = 1\n"
                           "rate = 2/s, 100/min,7200/h, 50000/day\n"
                           "weight = 3\n"
                           "[relay:b.2]\n"
                           "host = smtp.example.net\n"
                           "tls = implicit\n"
                           "log = /var/log/mail.log\n"
                           "[provider:google]\n"
                           "rate = 1800/h\n"
                           "connections = 2\n"
                           "[send]\n"
                           "rate = 10/s\n"
                           "warmup = on\n"
                           "window = 08:00-20:00 Europe/Berlin\n"
                           "max_age = 1d 12h\n"
                           "ambiguous = skip\n"
                           "profile = cautious\n"
                           "[bounce]\n"
                           "lmtp = unix:bounced.sock\n"
                           "maildir = /var/mail/bounces\n"
                           "keep_raw = 72h\n"
                           "policy = strict\n"
                           "[web]\n"
                           "listen = [::1]:0\n"
                           "base_url = http://127.0.0.1:8025/lists//\n"
                           "trusted_proxy = 127.0.0.1\n"
                           "[dns]\n"
                           "server = 127.0.0.1@53\n"
                           "[dkim:one]\n"
                           "domain = example.org\n"
                           "selector = 2026.a\n"
                           "key_file = one.pem\n"
                           "[dnsbl]\n"
                           "zones = zen.example.org, Bl.example.net\n"
                           "[log]\n"
                           "target = journal\n"
                           "level = debug";

static void every_key_is_read(void)
{
	struct settings *settings = read_good(full);
	const struct settings_relay *first = settings->relays->pdata[0], *second = settings->relays->pdata[1];
	const struct settings_provider *provider = settings->providers->pdata[0];
	const struct settings_dkim *dkim = settings->dkims->pdata[0];
	static const int windows[] = {1, 60, 3600, 86400};

	g_assert_cmpstr(settings->database, ==, "/var/lib/carom/carom.db");
	g_assert_cmpstr(settings->secrets, ==, "/etc/carom/../keys");
	g_assert_cmpstr(settings->hostname, ==, "lists.example.org");
	g_assert_cmpstr(settings->bounce_domain, ==, "bounces.example.org");
	g_assert_cmpstr(first->host, ==, "2001:db8::1");
	g_assert_cmpint(first->port, ==, 587);
	g_assert_cmpint(first->tls, ==, SETTINGS_TLS_REQUIRED);
	g_assert_cmpstr(first->ca_file, ==, "/etc/carom/ca.pem");
	g_assert_cmpuint(first->source_addresses->len, ==, 2);
	g_assert_cmpstr(first->source_addresses->pdata[1], ==, "2001:db8::a");
	g_assert_cmpstr(first->log, ==, "journal");
	g_assert_cmpstr(first->queue, ==, "/usr/sbin/postqueue -c /etc/postfix-out");
	g_assert_cmpint(first->connections, ==, 100);
	g_assert_cmpint(first->messages_per_connection, ==, 1);
	g_assert_cmpuint(first->rates->len, ==, 4);
	for (guint i = 0; i < 4; i++)
		g_assert_cmpint(g_array_index(first->rates, struct settings_rate, i).window_s, ==,
		                windows[i]);
	g_assert_cmpint(first->weight, ==, 3);
	g_assert_cmpstr(second->name, ==, "b.2");
	g_assert_cmpstr(second->host, ==, "smtp.example.net");
	g_assert_cmpint(second->port, ==, 465);
	g_assert_cmpint(second->tls, ==, SETTINGS_TLS_IMPLICIT);
	g_assert_cmpstr(second->log, ==, "/var/log/mail.log");
	g_assert_cmpstr(provider->name, ==, "google");
	g_assert_cmpint(provider->connections, ==, 2);
	g_assert_true(settings->warmup);
	g_assert_cmpstr(settings->window, ==, "08:00-20:00 Europe/Berlin");
	g_assert_cmpint(settings->max_age_s, ==, 36 * 3600);
	g_assert_cmpint(settings->ambiguous, ==, SETTINGS_AMBIGUOUS_SKIP);
	g_assert_cmpstr(settings->profile, ==, "cautious");
	g_assert_cmpstr(settings->lmtp, ==, "unix:/etc/carom/bounced.sock");
	g_assert_cmpint(settings->keep_raw_s, ==, 3 * 86400);
	g_assert_cmpstr(settings->listen, ==, "[::1]:0");
	g_assert_cmpstr(settings->base_url, ==, "http://127.0.0.1:8025/lists");
	g_assert_cmpstr(settings->dns_server, ==, "127.0.0.1@53");
	g_assert_cmpstr(dkim->selector, ==, "2026.a");
	g_assert_cmpstr(dkim->key_file, ==, "/etc/carom/one.pem");
	g_assert_cmpstr(settings->dnsbl_zones->pdata[1], ==, "bl.example.net");
	g_assert_cmpstr(settings->log_level, ==, "debug");
	settings_free(settings);
}

static void tls_is_verified_unless_no_wire_is_used(void)
{
	static const struct {
		const char *host;
		enum settings_tls tls;
	} cases[] = {{"localhost:26", SETTINGS_TLS_OFF},
	             {"127.8.9.1", SETTINGS_TLS_OFF},
	             {"::1", SETTINGS_TLS_OFF},
	             {"[::1]:26", SETTINGS_TLS_OFF},
	             {"128.0.0.1", SETTINGS_TLS_VERIFY},
	             {"mx.example.org", SETTINGS_TLS_VERIFY},
	             {"127.0.0.1.example.org", SETTINGS_TLS_VERIFY}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf(LEAST "[relay:x]\nhost = %s\nrate =\n",
		                                        cases[i].host);
		struct settings *settings = read_good(text);

		g_assert_cmpint(((struct settings_relay *)settings->relays->pdata[1])->tls, ==, cases[i].tls);
		settings_free(settings);
	}
}

static const struct {
	const char *text; /* behind LEAST */
	const char *words;
} faults[] = {
        {"nonsense\n", ":7: neither [SECTION]"},
        {"; comment\n", ":7: neither [SECTION]"},
        {"= 5\n", ":7: neither"},
        {"[wep]\nx = 1\n", ":7: unknown section [wep]; did you mean [web]?"},
        {"[relays:b]\n", ":7: unknown section [relays:b]; did you mean [relay:NAME]?"},
        {"[cats]\n", ":7: unknown section [cats]"},
        {"[relay]\n", ":7: section [relay] needs a name: [relay:NAME]"},
        {"[send:x]\n", ":7: section [send] takes no name"},
        {"[relay:a b]\n", ":7: the name in [relay:a b] must be"},
        {"[relay:]\n", ":7: the name in"},
        {"[send\n", ":7: a section is [NAME]"},
        {"[send] # now\n", ":7: a section is [NAME]"},
        {"[relay:main]\nhost = ::1\n", ":7: section [relay:main] again; it began on line 3"},
        {"[web]\n", ":7: section [web] again; it began on line 5"},
        {"base_url = https://y.example\n", ":7: base_url again in [web]; it is on line 6"},
        {"listn = 127.0.0.1:1\n", ":7: unknown key \"listn\" in [web]; did you mean listen?"},
        {"LISTEN = 127.0.0.1:1\n", ":7: unknown key \"LISTEN\" in [web]; did you mean listen?"},
        {"trusted = 127.0.0.1\n", "did you mean trusted_proxy?"},
        {"max_age = 5d\n", ":7: unknown key \"max_age\" in [web]; it belongs to [send]"},
        {"rate = 5/s\n", "it belongs to [relay:NAME] or [provider:NAME] or [send]"},
        {"listen[de] = 127.0.0.1:1\n", ":7: unknown key \"listen[de]\""},
        {"zzzz = 1\n", ":7: unknown key \"zzzz\" in [web]\n"},
        {"listen =\n", ":7: listen has no value"},
        {"listen = 127.0.0.1\n", ":7: listen must be ADDRESS:PORT"},
        {"listen = 127.0.0.1:65536\n", ":7: listen must be ADDRESS:PORT"},
        {"listen = 127.0.0.1:+5\n", ":7: listen must be ADDRESS:PORT"},
        {"listen = ::1\n", ":7: listen must be ADDRESS:PORT"},
        {"listen = unix:\n", ":7: listen must be ADDRESS:PORT"},
        {"trusted_proxy = proxy\n", ":7: trusted_proxy must be an IP address"},
        {"[send]\nrate = 5\n", ":8: rate must be rates like"},
        {"[send]\nrate = 5/week\n", ":8: rate must be rates like"},
        {"[send]\nrate = 0/s\n", ":8: rate must be rates like"},
        {"[send]\nrate = -1/s\n", ":8: rate must be rates like"},
        {"[send]\nrate = 1/s,\n", ":8: rate must be rates like"},
        {"[send]\nrate = 99999999999999999999/s\n", ":8: rate must be rates like"},
        {"[send]\nrate = 1/s, 2/s\n", ":8: rate has two rates for the same time (/s)"},
        {"[send]\nrate = 2/s # quick\n", ":8: rate: comments stand on lines of their own"},
        {"[carom]\ndatabase = x.db\t# here\n", ":7: section [carom] again"},
        {"[send]\nwarmup = yes\n", ":8: warmup must be on or off, not \"yes\""},
        {"[send]\nambiguous = retry\n", ":8: ambiguous must be one of resend, skip"},
        {"[send]\nprofile = bold\n", ":8: profile must be cautious"},
        {"[send]\nmax_age = 5\n", ":8: max_age must be a duration like"},
        {"[send]\nmax_age = 366d\n", "from 1s to 365d, not \"366d\""},
        {"[send]\nmax_age = 0d\n", ":8: max_age must be a duration"},
        {"[send]\nmax_age = d\n", ":8: max_age must be a duration"},
        {"[send]\nmax_age = 99999999999999999999d\n", ":8: max_age must be a duration"},
        {"[send]\nwindow = 08:00-20:00\n", ":8: window must be HH:MM-HH:MM"},
        {"[send]\nwindow = 08:00-24:00 UTC\n", ":8: window must be HH:MM-HH:MM"},
        {"[send]\nwindow = 08:00-08:00 UTC\n", ":8: window must be HH:MM-HH:MM"},
        {"[send]\nwindow = 08:00-20:00 Europe/Atlantis\n", ":8: window must be HH:MM-HH:MM"},
        {"[send]\nwindow = 08:00-20:00 ../../etc/passwd\n", ":8: window must be HH:MM-HH:MM"},
        {"[relay:b]\n", ":7: host in [relay:b] is missing"},
        {"[relay:b]\nhost = a b\n", ":8: host must be HOST"},
        {"[relay:b]\nhost = h:0\n", ":8: host must be HOST"},
        {"[relay:b]\nhost = 1.2.3\n", ":8: host must be HOST"},
        {"[relay:b]\nhost = [::1\n", ":8: host must be HOST"},
        {"[relay:b]\nhost = h\ntls = on\n",
         ":9: tls must be one of off, opportunistic, required, verify, implicit"},
        {"[relay:b]\nhost = h\nconnections = 0\n", ":9: connections must be a whole number from 1 to 100"},
        {"[relay:b]\nhost = h\nconnections = 4x\n", ":9: connections must be a whole number"},
        {"[relay:b]\nhost = h\nweight = +1\n", ":9: weight must be a whole number"},
        {"[relay:b]\nhost = h\nsource_address = eth0\n", ":9: source_address must be IP addresses"},
        {"[relay:b]\nhost = h\nqueue = mailq\n", ":9: queue must be postqueue"},
        {"[relay:b]\nhost = h\nuser = ann\n", ":9: user needs password_file"},
        {"[relay:b]\nhost = h\npassword_file = /dev/zero\nuser = a\n",
         ":9: password_file: /dev/zero is not a file"},
        {"[relay:b]\nhost = h\npassword_file = /nowhere/p\nuser = a\n",
         ":9: password_file: cannot open /nowhere/p"},
        {"[relay:b]\nhost = h\npassword_file = /nowhere/p\n", ":9: password_file needs user"},
        {"[relay:b]\nhost = ::1\nuser = ann\n", ":9: user needs tls = verify or implicit"},
        {"[relay:b]\nhost = h\ntls = required\nuser = ann\n", ":10: user needs tls = verify or implicit"},
        {"[bounce]\nlmtp = /run/x.sock\n", ":8: lmtp must be ADDRESS:PORT"},
        {"[bounce]\npolicy = ../x\n", ":8: policy must be a name"},
        {"[dns]\nserver = resolver\n", ":8: server must be an IP address"},
        {"[dns]\nserver = 127.0.0.1@0\n", ":8: server must be an IP address"},
        {"[dns]\nserver = 127.0.0.1@53@54\n", ":8: server must be an IP address"},
        {"[dkim:a]\ndomain = example.org\nselector = s\n", ":7: key_file in [dkim:a] is missing"},
        {"[dkim:a]\ndomain = example.org\nselector = a b\nkey_file = k\n", ":9: selector must be"},
        {"[dnsbl]\nzones = a..b\n", ":8: zones must be DNS names"},
        {"[log]\ntarget = file\n", ":8: target must be one of stderr, syslog, journal"},
        {"[log]\nlevel = 7\n", ":8: level must be one of error, warning, info, debug"},
        {"[log]\nlevel = in\x01"
         "fo\n",
         ":8: control character"},
        {"[log]\nlevel = in\xff"
         "fo\n",
         ":8: not UTF-8 text"},
};

static void what_is_wrong_is_named_with_its_line(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
		g_autofree char *text = g_strconcat(LEAST, faults[i].text, NULL), *lines = NULL;
		g_autoptr(GError) error = NULL;

		g_test_message("%s", faults[i].words);
		g_assert_null(read_text(text, &error));
		g_assert_true(failure_is(error, FAILURE_CONFIG));
		g_assert_true(g_str_has_prefix(error->message, "/etc/carom/c.conf:"));
		lines = g_strconcat(error->message, "\n", NULL);
		if (strstr(lines, faults[i].words) == NULL)
			g_error("\"%s\" does not say \"%s\"", lines, faults[i].words);
	}
}

static void what_has_no_effect_yet_is_listed(void)
{
	static const struct {
		const char *text; /* behind LEAST */
		const char *idle;
	} cases[] = {
	        {"", NULL},
	        {"[send]\nrate = 5/s\nwarmup = off\n", NULL},
	        {"[send]\nwarmup = on\nwindow = 08:00-20:00 UTC\n", NULL},
	        {"[relay:b]\nhost = h\nweight = 2\n[provider:google]\nrate = 1/s\n", NULL},
	        {"[bounce]\nmaildir = m\nkeep_raw = 2d\n", NULL},
	        {"[dnsbl]\nzones = bl.example.test\n", "[dnsbl] zones"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strconcat(LEAST, cases[i].text, NULL);
		struct settings *settings = read_good(text);

		g_assert_cmpstr(settings->idle, ==, cases[i].idle);
		settings_free(settings);
	}
	g_assert_true(settings_key_is_idle("relay.log"));
	g_assert_false(settings_key_is_idle("relay.queue"));
	g_assert_false(settings_key_is_idle("relay.weight"));
	g_assert_false(settings_key_is_idle("send.rate"));
}

static void base_urls_are_https_or_stay_at_home(void)
{
	static const struct {
		const char *url;
		gboolean is_good;
	} cases[] = {{"https://lists.example.org", TRUE},
	             {"https://lists.example.org:8443/a/b/", TRUE},
	             {"https://[2001:db8::1]/", TRUE},
	             {"http://localhost:8025", TRUE},
	             {"http://[::1]:8025", TRUE},
	             {"http://127.0.0.1:8025", TRUE},
	             {"http://lists.example.org", FALSE},
	             {"http://127.0.0.1.example.org", FALSE},
	             {"http://127.0.0.1@example.org", FALSE},
	             {"https://ann@example.org", FALSE},
	             {"ftp://example.org", FALSE},
	             {"lists.example.org", FALSE},
	             {"https:///x", FALSE},
	             {"https://", FALSE},
	             {"https://x.example?a=1", FALSE},
	             {"https://x.example/#a", FALSE},
	             {"https://x.example/a b", FALSE},
	             {"https://x.example/>", FALSE},
	             {"https://x.example/,<mailto:y>", FALSE},
	             {"https://m\xc3\xbcnchen.example", FALSE}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf(
		        "[carom]\nhostname = a.example\n[relay:a]\nhost = ::1\n"
		        "[web]\nbase_url = %s\n",
		        cases[i].url);
		g_autoptr(GError) error = NULL;
		struct settings *settings = read_text(text, &error);

		g_test_message("%s", cases[i].url);
		g_assert_cmpint(settings != NULL, ==, cases[i].is_good);
		if (settings == NULL)
			g_assert_nonnull(strstr(error->message, ":6: base_url must be https://HOST"));
		settings_free(settings);
	}
}

static void all_that_is_wrong_is_told_in_order(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(read_text("x = 1\n[carom]\nhostname = -\n[log]\nlevel = loud\n", &error));
	g_assert_cmpstr(
	        error->message, ==,
	        "/etc/carom/c.conf:1: a key before the first [SECTION]\n"
	        "/etc/carom/c.conf:1: base_url in [web] is missing\n"
	        "/etc/carom/c.conf:1: there is no [relay:NAME], where mail could go\n"
	        "/etc/carom/c.conf:3: hostname must be a host name like lists.example.org (xn-- for letters "
	        "beyond ASCII), not \"-\"\n"
	        "/etc/carom/c.conf:5: level must be one of error, warning, info, debug, not \"loud\"");
	g_clear_error(&error);
	g_assert_null(read_text("", &error));
	g_assert_nonnull(strstr(error->message, ":1: hostname in [carom] is missing"));
}

static void a_flood_of_mistakes_is_cut(void)
{
	g_autoptr(GString) text = g_string_new(LEAST);
	g_autoptr(GError) error = NULL;

	for (int i = 0; i < 5000; i++)
		g_string_append_printf(text, "[relay:%d]\nhost = ?\n", i);
	g_assert_null(read_text(text->str, &error));
	g_assert_cmpuint(strlen(error->message), <, 4096);
	g_assert_nonnull(strstr(error->message, " more"));
}

/* Names and texts of all members, so that none is forgotten. */
static void what_is_printed_reads_as_the_same(void)
{
	static const char *const texts[] = {LEAST, full};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct settings *first = read_good(texts[i]), *second;
		g_autofree char *printed = settings_print(first), *again = NULL;
		g_autoptr(GPtrArray) keys = settings_keys();

		second = read_good(printed);
		again = settings_print(second);
		g_assert_cmpstr(again, ==, printed);
		g_assert_cmpstr(second->window, ==, first->window);
		g_assert_cmpstr(second->bounce_domain, ==, first->bounce_domain);
		g_assert_cmpuint(second->relays->len, ==, first->relays->len);
		for (guint k = 0; i == 1 && k < keys->len; k++) {
			g_autofree char *line = g_strdup_printf("\n%s = ", strchr(keys->pdata[k], '.') + 1);

			/* the full text sets all but these, which need a file */
			if (!g_str_equal(keys->pdata[k], "relay.user") &&
			    !g_str_equal(keys->pdata[k], "relay.password_file"))
				g_assert_nonnull(strstr(printed, line));
		}
		settings_free(first);
		settings_free(second);
	}
}

static void every_key_has_help_and_a_name_of_its_own(void)
{
	g_autoptr(GPtrArray) keys = settings_keys();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	g_assert_cmpuint(keys->len, ==, 38);
	for (guint i = 0; i < keys->len; i++) {
		g_assert_true(g_hash_table_add(seen, keys->pdata[i]));
		g_assert_cmpuint(strlen(settings_key_help(keys->pdata[i])), >, 10);
	}
	g_assert_true(g_hash_table_contains(seen, "relay.messages_per_connection"));
	g_assert_cmpstr(settings_key_default("send.max_age"), ==, "5d");
	g_assert_cmpstr(settings_key_default("web.base_url"), ==, "");
	g_assert_null(settings_key_help("web.base"));
}

static void a_window_is_taken_apart(void)
{
	GTimeZone *zone = NULL;
	int from, to;

	g_assert_true(settings_window_read("22:30-06:00 Europe/Berlin", &from, &to, &zone));
	g_assert_cmpint(from, ==, 22 * 60 + 30);
	g_assert_cmpint(to, ==, 6 * 60);
	g_assert_cmpstr(g_time_zone_get_identifier(zone), ==, "Europe/Berlin");
	g_time_zone_unref(zone);
	g_assert_false(settings_window_read("", &from, &to, &zone));
}

/* A relay with AUTH whose password file has that content and mode. */
static struct settings *read_login(const char *top, const char *password, int mode, GError **error)
{
	g_autofree char *path = g_build_filename(top, "password", NULL);
	g_autofree char *config = g_build_filename(top, "c.conf", NULL);
	static const char text[] = LEAST
	        "[relay:b]\nhost = mx.example.org\nuser = ann\npassword_file = password\n";
	struct settings *settings;

	g_assert_true(file_write(path, password, strlen(password), 0600, NULL));
	g_assert_cmpint(g_chmod(path, mode), ==, 0);
	g_assert_true(file_write(config, text, strlen(text), 0644, NULL));
	settings = settings_read(config, error);
	g_unlink(path);
	g_unlink(config);
	return settings;
}

static void passwords_come_from_private_files_and_are_not_printed(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *printed = NULL;
	g_autoptr(GError) error = NULL;
	struct settings *settings = read_login(top, "s3cret of some length\n", 0600, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(((struct settings_relay *)settings->relays->pdata[1])->password, ==,
	                "s3cret of some length");
	printed = settings_print(settings);
	g_assert_null(strstr(printed, "s3cret"));
	g_assert_nonnull(strstr(printed, "/password\n"));
	settings_free(settings);
	for (int bit = 1; bit < 0100; bit <<= 1) {
		g_assert_null(read_login(top, "s3cret", 0600 | bit, &error));
		g_assert_true(failure_is(error, FAILURE_CONFIG));
		g_assert_nonnull(strstr(error->message, "must be private"));
		g_clear_error(&error);
	}
	g_assert_null(read_login(top, "\n", 0600, &error));
	g_assert_nonnull(strstr(error->message, "c.conf:10: password_file:"));
	g_clear_error(&error);
	g_assert_null(read_login(top, "s3cret\nmore\n", 0600, &error));
	g_assert_null(strstr(error->message, "s3cret"));
	g_rmdir(top);
}

static void a_guessable_password_is_warned_about(void)
{
	if (g_test_subprocess()) {
		g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);

		settings_free(read_login(top, "Summertime2026!", 0600, NULL));
		settings_free(read_login(top, "q8Zr-kw2P-xx71-ma", 0600, NULL));
		g_rmdir(top);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("*warning:*c.conf:10: the password for relay b is easily guessed*");
	g_test_trap_assert_stderr_unmatched("*guessed*guessed*");
	g_test_trap_assert_stderr_unmatched("*Summertime*");
}

static void the_file_is_looked_for_where_the_manual_says(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL), *before = g_get_current_dir();
	g_autofree char *path = g_build_filename(top, "carom.conf", NULL), *found = NULL, *named = NULL,
	                *local = NULL;
	g_autoptr(GError) error = NULL;

	g_unsetenv("CAROM_CONFIG");
	g_assert_cmpint(g_chdir(top), ==, 0);
	g_assert_null(settings_find("missing.conf", &error));
	g_assert_true(failure_is(error, FAILURE_CONFIG));
	g_clear_error(&error);
	g_assert_true(file_write(path, LEAST, strlen(LEAST), 0644, NULL));
	local = settings_find(NULL, &error);
	g_assert_cmpstr(local, ==, "./carom.conf");
	g_setenv("CAROM_CONFIG", "/nowhere/else.conf", TRUE);
	g_assert_null(settings_find(NULL, &error));
	g_assert_nonnull(strstr(error->message, "/nowhere/else.conf (from $CAROM_CONFIG)"));
	g_clear_error(&error);
	named = settings_find(path, &error);
	g_assert_cmpstr(named, ==, path);
	g_setenv("CAROM_CONFIG", path, TRUE);
	found = settings_find(NULL, &error);
	g_assert_cmpstr(found, ==, path);
	g_unsetenv("CAROM_CONFIG");
	g_assert_cmpint(g_chdir(before), ==, 0);
	g_unlink(path);
	g_assert_null(settings_read(path, &error));
	g_assert_true(failure_is(error, FAILURE_CONFIG));
	g_rmdir(top);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/settings/what_is_not_written_has_its_default", what_is_not_written_has_its_default);
	g_test_add_func("/settings/every_key_is_read", every_key_is_read);
	g_test_add_func("/settings/tls_is_verified_unless_no_wire_is_used",
	                tls_is_verified_unless_no_wire_is_used);
	g_test_add_func("/settings/what_is_wrong_is_named_with_its_line",
	                what_is_wrong_is_named_with_its_line);
	g_test_add_func("/settings/what_has_no_effect_yet_is_listed", what_has_no_effect_yet_is_listed);
	g_test_add_func("/settings/base_urls_are_https_or_stay_at_home", base_urls_are_https_or_stay_at_home);
	g_test_add_func("/settings/all_that_is_wrong_is_told_in_order", all_that_is_wrong_is_told_in_order);
	g_test_add_func("/settings/a_flood_of_mistakes_is_cut", a_flood_of_mistakes_is_cut);
	g_test_add_func("/settings/what_is_printed_reads_as_the_same", what_is_printed_reads_as_the_same);
	g_test_add_func("/settings/every_key_has_help_and_a_name_of_its_own",
	                every_key_has_help_and_a_name_of_its_own);
	g_test_add_func("/settings/a_window_is_taken_apart", a_window_is_taken_apart);
	g_test_add_func("/settings/passwords_come_from_private_files_and_are_not_printed",
	                passwords_come_from_private_files_and_are_not_printed);
	g_test_add_func("/settings/a_guessable_password_is_warned_about",
	                a_guessable_password_is_warned_about);
	g_test_add_func("/settings/the_file_is_looked_for_where_the_manual_says",
	                the_file_is_looked_for_where_the_manual_says);
	return g_test_run();
}

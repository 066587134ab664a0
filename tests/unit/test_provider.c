// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/resource.h"
#include "lib/model/provider.h"

#include <string.h>

static struct provider_table *built_in(void)
{
	struct provider_table *table = provider_table_new();
	g_autoptr(GBytes) bytes = resource_read("rules/providers");
	g_autoptr(GError) error = NULL;
	gsize len;
	const char *text = g_bytes_get_data(bytes, &len);

	g_assert_true(provider_table_add(table, text, len, "rules/providers", &error));
	g_assert_no_error(error);
	return table;
}

static void hosts_belong_to_providers(void)
{
	static const struct {
		const char *host, *provider;
	} cases[] = {
	        {"aspmx.l.google.com", "google"},
	        {"ALT1.GMAIL-SMTP-IN.L.GOOGLE.COM.", "google"},
	        {"google.com", "google"},
	        {"notgoogle.com", NULL},
	        {"mta5.am0.yahoodns.net", "yahoo"},
	        {"mx1.mail.yahoo.co.jp", "yahoo-jp"},
	        {"hotmail-com.olc.protection.outlook.com", "outlook"},
	        {"example-org.mail.protection.outlook.com", "o365"},
	        {"example-org.a-v1.mx.microsoft", "o365"},
	        {"mx01.mail.icloud.com", "apple"},
	        {"mx00.emig.gmx.net", "gmx"},
	        {"mx00.kundenserver.de", "ionos"},
	        {"smtp-in.orange.fr", "orange"},
	        {"mxa-00000001.gslb.pphosted.com", "proofpoint"},
	        {"us-smtp-inbound-1.mimecast.com", "mimecast"},
	        {"d1.ess.barracudanetworks.com", "barracuda"},
	        {"mx1.hc1234-56.iphmx.com", "cisco"},
	        {"cluster5.us.messagelabs.com", "messagelabs"},
	        {"example.com.tmes.trendmicro.com", "trendmicro"},
	        {"mx3.qq.com", "qq"},
	        {"163mx01.mxmail.netease.com", "netease"},
	        {"mx.example.org", NULL},
	        {"", NULL},
	        {".", NULL},
	};
	struct provider_table *table = built_in();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct provider *found = provider_of_host(table, cases[i].host);

		g_test_message("%s", cases[i].host);
		g_assert_cmpstr(found != NULL ? found->name : NULL, ==, cases[i].provider);
	}
	provider_table_free(table);
}

static void a_group_has_a_name_for_everybody(void)
{
	static const struct {
		const char *domain;
		const char *hosts[2];
		gsize n;
		const char *group;
	} cases[] = {
	        {"example.org", {"mx.example.org", "aspmx.l.google.com"}, 2, "google"},
	        {"example.org", {"."}, 1, "nullmx"},
	        {"example.org", {""}, 1, "nullmx"},
	        {"example.org", {"mx1.hosting.example.co.uk"}, 1, "example.co.uk"},
	        {"example.org", {"mx1.hosting.example.net."}, 1, "example.net"},
	        {"example.org", {"mx"}, 1, "mx"},
	        {"Example.ORG.", {NULL}, 0, "example.org"},
	        {"gmail.com", {NULL}, 0, "google"},
	        {"gmail.com", {"mx.example.org"}, 1, "google"},
	};
	struct provider_table *table = built_in();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *group = provider_group(table, cases[i].domain, cases[i].hosts, cases[i].n);

		g_assert_cmpstr(group, ==, cases[i].group);
	}
	provider_table_free(table);
}

static void numbers_are_read(void)
{
	struct provider_table *table = built_in();
	const struct provider *qq = provider_table_find(table, "qq");

	g_assert_nonnull(qq);
	g_assert_cmpint(qq->connections, ==, 4);
	g_assert_cmpint(qq->messages_per_connection, ==, 8);
	g_assert_cmpint(qq->cautious_per_hour, ==, 600);
	g_assert_null(provider_table_find(table, "nobody"));
	provider_table_free(table);
}

static void the_operators_table_comes_first(void)
{
	static const char own[] = "[google]\nmx = .google.com\nconnections = 1\n[ours]\nmx = .qq.com\n";
	struct provider_table *table = provider_table_new();
	g_autoptr(GBytes) bytes = resource_read("rules/providers");
	g_autoptr(GError) error = NULL;

	g_assert_true(provider_table_add(table, own, strlen(own), "own", &error));
	g_assert_true(provider_table_add(table, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes),
	                                 "rules/providers", &error));
	g_assert_no_error(error);
	g_assert_cmpint(provider_table_find(table, "google")->connections, ==, 1);
	g_assert_cmpstr(provider_of_host(table, "mx1.qq.com")->name, ==, "ours");
	g_assert_cmpstr(provider_of_host(table, "mx.googlemail.com") == NULL ? "gone" : "there", ==, "gone");
	provider_table_free(table);
}

static void a_faulty_table_is_refused_with_its_place(void)
{
	static const char *const cases[][2] = {
	        {"[a]\nmx = .example.org\ncolour = red\n", "t: [a] colour: unknown key"},
	        {"[a]\nmx = .example.org\nconnections = many\n", "t: [a] connections: not a number"},
	        {"[a]\nmx = .example.org\nconnections = 0\n", "t: [a] connections: not a number"},
	        {"[a]\nconnections = 2\n", "t: [a] mx: missing"},
	        {"[a]\nmx = com\n", "t: [a] mx: no name of a host"},
	        {"[a]\nmx = .example.org\n[b]\nmx = .EXAMPLE.org\n", "t: [b] example.org: another provider"},
	        {"mx = .example.org\n", "t: "},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct provider_table *table = provider_table_new();
		g_autoptr(GError) error = NULL;

		g_assert_false(provider_table_add(table, cases[i][0], strlen(cases[i][0]), "t", &error));
		g_assert_true(failure_is(error, FAILURE_CONFIG));
		g_test_message("%s", error->message);
		g_assert_true(g_str_has_prefix(error->message, cases[i][1]));
		provider_table_free(table);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/provider/hosts_belong_to_providers", hosts_belong_to_providers);
	g_test_add_func("/provider/a_group_has_a_name_for_everybody", a_group_has_a_name_for_everybody);
	g_test_add_func("/provider/numbers_are_read", numbers_are_read);
	g_test_add_func("/provider/the_operators_table_comes_first", the_operators_table_comes_first);
	g_test_add_func("/provider/a_faulty_table_is_refused_with_its_place",
	                a_faulty_table_is_refused_with_its_place);
	return g_test_run();
}

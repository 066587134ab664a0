// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/model/address.h"

#include <string.h>

static void what_people_write_becomes_one_form(void)
{
	static const struct {
		const char *text, *address, *key, *domain;
		gboolean needs_smtputf8;
	} cases[] = {
	        {"ann@example.org", "ann@example.org", "ann@example.org", "example.org", FALSE},
	        {"Ann.Lee@EXAMPLE.Org", "Ann.Lee@example.org", "ann.lee@example.org", "example.org", FALSE},
	        {" \t<ann@example.org>  ", "ann@example.org", "ann@example.org", "example.org", FALSE},
	        {"< ann@example.org >", "ann@example.org", "ann@example.org", "example.org", FALSE},
	        {"a+b@example.org", "a+b@example.org", "a+b@example.org", "example.org", FALSE},
	        {"!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org",
	         "!#$%&'*+-/=?^_`{|}~@example.org", "example.org", FALSE},
	        {"a%b@example.org", "a%b@example.org", "a%b@example.org", "example.org", FALSE},
	        {"a!b@example.org", "a!b@example.org", "a!b@example.org", "example.org", FALSE},
	        {"x@r3---sn.example.org", "x@r3---sn.example.org", "x@r3---sn.example.org",
	         "r3---sn.example.org", FALSE},
	        {"x@1.2.3.example", "x@1.2.3.example", "x@1.2.3.example", "1.2.3.example", FALSE},
	        {"x@XN--MNCHEN-3YA.example", "x@xn--mnchen-3ya.example", "x@xn--mnchen-3ya.example",
	         "xn--mnchen-3ya.example", FALSE},
	        /* U-labels, also with the combining form and full-width signs */
	        {"Ann@M\u00dcNCHEN.example", "Ann@xn--mnchen-3ya.example", "ann@xn--mnchen-3ya.example",
	         "xn--mnchen-3ya.example", FALSE},
	        {"x@mu\u0308nchen.example", "x@xn--mnchen-3ya.example", "x@xn--mnchen-3ya.example",
	         "xn--mnchen-3ya.example", FALSE},
	        {"x@fa\u00df.example", "x@xn--fa-hia.example", "x@xn--fa-hia.example", "xn--fa-hia.example",
	         FALSE},
	        {"x@\uff45xample\u3002org", "x@example.org", "x@example.org", "example.org", FALSE},
	        /* local parts beyond ASCII */
	        {"J\u00d6RG@example.org", "J\u00d6RG@example.org", "j\u00f6rg@example.org", "example.org",
	         TRUE},
	        {"jo\u0308rg@example.org", "j\u00f6rg@example.org", "j\u00f6rg@example.org", "example.org",
	         TRUE},
	        {"\u7528\u6237@\u4f8b\u5b50.example", "\u7528\u6237@xn--fsqu00a.example",
	         "\u7528\u6237@xn--fsqu00a.example", "xn--fsqu00a.example", TRUE},
	        /* the Kelvin sign is a K to NFC */
	        {"\u212a@example.org", "K@example.org", "k@example.org", "example.org", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct address got;

		g_test_message("%s", cases[i].text);
		g_assert_true(address_read(cases[i].text, -1, &got, &error));
		g_assert_no_error(error);
		g_assert_cmpstr(got.address, ==, cases[i].address);
		g_assert_cmpstr(got.key, ==, cases[i].key);
		g_assert_cmpstr(got.domain, ==, cases[i].domain);
		g_assert_cmpint(got.needs_smtputf8, ==, cases[i].needs_smtputf8);
		g_assert_true(got.domain > got.address && got.domain < got.address + strlen(got.address));
		g_assert_cmpint(address_is_valid_envelope(got.address), ==, !cases[i].needs_smtputf8);
		address_clear(&got);
		address_clear(&got);
	}
}

static void what_is_no_address_is_refused_with_its_reason(void)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	        {"", "empty"},
	        {"  ", "empty"},
	        {"<>", "empty"},
	        {"ann", "no @"},
	        {"@example.org", "nothing before the @"},
	        {"ann@", "nothing behind the @"},
	        {"ann@@example.org", "more than one @"},
	        {"ann%b@c@example.org", "more than one @"},
	        {"@relay.example,@two.example:ann@example.org", "source route"},
	        {"ann@example.org\n", "control character"},
	        {"ann@example.org\r\nRCPT TO:<eve@example.org>", "control character"},
	        {"ann\x7f@example.org", "control character"},
	        {"ann lee@example.org", "blank inside"},
	        {"Ann <ann@example.org>", "blank inside"},
	        {"<<ann@example.org>>", "angle bracket"},
	        {"ann@example.org>", "angle bracket"},
	        {"\"ann lee\"@example.org", "quoted local part"},
	        {"\"ann\"@example.org", "quoted local part"},
	        {"a\"n@example.org", "character that a local part cannot have"},
	        {"a,b@example.org", "character that a local part cannot have"},
	        {"a;b@example.org", "character that a local part cannot have"},
	        {"a(b)@example.org", "character that a local part cannot have"},
	        {".ann@example.org", "dot at the start"},
	        {"ann.@example.org", "dot before the @"},
	        {"a..n@example.org", "two dots"},
	        {"ann@[192.0.2.1]", "address literal"},
	        {"ann@192.0.2.1", "ends in a number"},
	        {"ann@example.42", "ends in a number"},
	        {"ann@localhost", "single label"},
	        {"ann@example.org.", "empty label"},
	        {"ann@.example.org", "empty label"},
	        {"ann@example..org", "empty label"},
	        {"ann@-example.org", "hyphen"},
	        {"ann@example-.org", "hyphen"},
	        {"ann@a23456789-123456789-123456789-123456789-123456789-123456789-1234.org",
	         "longer than 63"},
	        {"ann@exam_ple.org", "character that a domain cannot have"},
	        {"ann@example.org,bob@example.org", "more than one @"},
	        {"ann@exa\xffmple.org", "not UTF-8"},
	        {"\xc3@example.org", "not UTF-8"},
	        {"a\xc2\x85"
	         "b@example.org",
	         "control character"},
	        {"a\u2028b@example.org", "blank inside"},
	        {"a\u00a0b\u00e9@example.org", "blank inside"},
	        {"a\u202eb@example.org", "invisible character"},
	        /* the Greek question mark is a semicolon to NFC */
	        {"a\u037eb\u00e9@example.org", "character that a local part cannot have"},
	        {"ann@\u2603\u200d.example", "not an internationalized domain name"},
	        {"ann@\uff0fetc.example", "character that a domain cannot have"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct address got = {.address = (char *)"untouched"};

		g_test_message("%s", cases[i].text);
		g_assert_false(address_read(cases[i].text, -1, &got, &error));
		g_assert_true(failure_is(error, FAILURE_DATA));
		g_assert_nonnull(strstr(error->message, cases[i].reason));
		g_assert_null(strpbrk(error->message, "\r\n\x7f"));
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		g_assert_cmpstr(got.address, ==, "untouched");
		g_assert_false(address_read(cases[i].text, -1, &got, NULL));
	}
}

/* An address of local_len and domain_len bytes, the domain in labels of at most 63. */
static char *make_long(gsize local_len, gsize domain_len)
{
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < local_len; i++)
		g_string_append_c(text, 'l');
	g_string_append_c(text, '@');
	for (gsize i = 1; i <= domain_len; i++)
		g_string_append_c(text, i % 50 == 0 && i < domain_len ? '.' : 'd');
	return g_string_free(text, FALSE);
}

static void lengths_are_those_of_rfc_5321(void)
{
	static const struct {
		gsize local, domain;
		gboolean is_good;
	} cases[] = {{64, 60, TRUE},  {65, 60, FALSE}, {1, 252, TRUE},
	             {1, 253, FALSE}, {64, 189, TRUE}, {64, 190, FALSE}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = make_long(cases[i].local, cases[i].domain);
		struct address got = {0};

		g_assert_cmpint(address_read(text, -1, &got, NULL), ==, cases[i].is_good);
		g_assert_cmpint(address_is_valid_envelope(text), ==, cases[i].is_good);
		address_clear(&got);
	}
}

static void a_length_is_kept_to_and_a_nul_does_not_hide_a_tail(void)
{
	g_autoptr(GError) error = NULL;
	struct address got;

	g_assert_true(address_read("ann@example.orgXXX", 15, &got, &error));
	g_assert_cmpstr(got.address, ==, "ann@example.org");
	address_clear(&got);
	g_assert_false(address_read("ann@example.org\0@evil", 21, &got, &error));
	g_assert_nonnull(strstr(error->message, "\\x00"));
}

static void a_huge_text_is_refused_and_quoted_short(void)
{
	g_autofree char *text = g_strnfill(1000000, '\x01');
	g_autoptr(GError) error = NULL;
	struct address got;

	g_assert_false(address_read(text, -1, &got, &error));
	g_assert_cmpuint(strlen(error->message), <, 1200);
}

static void the_wire_gets_no_address_that_could_carry_a_command(void)
{
	static const char *const bad[] = {"",
	                                  "ann",
	                                  " ann@example.org",
	                                  "ann@example.org ",
	                                  "<ann@example.org>",
	                                  "ann@example.org>",
	                                  "a n@example.org",
	                                  "ann@example.org\r\nDATA",
	                                  "ann@example.org> SIZE=1",
	                                  "j\u00f6rg@example.org",
	                                  "ann@m\u00fcnchen.example",
	                                  "\"a\"@example.org",
	                                  "a@b@example.org"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(address_is_valid_envelope(bad[i]));
	g_assert_true(address_is_valid_envelope("b+abc234@bounces.example.org"));
}

static void a_plain_address_is_read_fast(void)
{
	const int rounds = 200000;
	gint64 start = g_get_monotonic_time(), took;

	for (int i = 0; i < rounds; i++) {
		struct address got;

		g_assert_true(address_read("firstname.lastname@mail.example.org", -1, &got, NULL));
		address_clear(&got);
	}
	took = g_get_monotonic_time() - start;
	g_test_message("%.0f ns each", 1000.0 * (double)took / rounds);
	/* far above what it takes, so that only a wrong order of growth fails on a slow machine */
	g_assert_cmpint(took, <, rounds * 20);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/address/what_people_write_becomes_one_form", what_people_write_becomes_one_form);
	g_test_add_func("/address/what_is_no_address_is_refused_with_its_reason",
	                what_is_no_address_is_refused_with_its_reason);
	g_test_add_func("/address/lengths_are_those_of_rfc_5321", lengths_are_those_of_rfc_5321);
	g_test_add_func("/address/a_length_is_kept_to_and_a_nul_does_not_hide_a_tail",
	                a_length_is_kept_to_and_a_nul_does_not_hide_a_tail);
	g_test_add_func("/address/a_huge_text_is_refused_and_quoted_short",
	                a_huge_text_is_refused_and_quoted_short);
	g_test_add_func("/address/the_wire_gets_no_address_that_could_carry_a_command",
	                the_wire_gets_no_address_that_could_carry_a_command);
	g_test_add_func("/address/a_plain_address_is_read_fast", a_plain_address_is_read_fast);
	return g_test_run();
}

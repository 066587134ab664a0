// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/dkim_key.h"
#include "lib/model/dmarc.h"

#include <string.h>

/* _dmarc records by the domain above them. "!" fails. */
static const char *const world[][2] = {
        {"good.example", "v=DMARC1; p=quarantine; rua=mailto:a@good.example"},
        {"sub.good.example", "v=DMARC1;p=reject;psd=n"},
        {"old.example", "v=DMARC1; p=reject; pct=50; ri=86400; sp=none"},
        {"two.example", "v=DMARC1; p=reject"},
        {"two.example", "v=DMARC1; p=none"},
        {"fails.example", "!"},
        {"suffix.example", "v=DMARC1; psd=y; p=reject; sp=quarantine"},
        {"b.suffix.example", "v=DMARC1; p=none"},
        {"not.example", "v=DMARC10; p=none"},
        {"late.example", "p=none; v=DMARC1"},
        {"deep.example", "v=DMARC1; p=none"},
};

static int asked;

static struct lookup answer(enum lookup_type type, const char *name, void *user)
{
	static const char *texts[3];
	guint count = 0;

	(void)user;
	g_assert_cmpint(type, ==, LOOKUP_TXT);
	g_assert_true(g_str_has_prefix(name, "_dmarc."));
	asked++;
	for (gsize i = 0; i < G_N_ELEMENTS(world); i++)
		if (strcmp(world[i][0], name + strlen("_dmarc.")) == 0)
			texts[count++] = world[i][1];
	texts[count] = NULL;
	if (count > 0 && *texts[0] == '!')
		return (struct lookup){LOOKUP_FAILED, NULL};
	return count > 0 ? (struct lookup){LOOKUP_FOUND, texts} : (struct lookup){LOOKUP_NOTHING, NULL};
}

static void the_tree_is_walked(void)
{
	static const struct {
		const char *domain;
		enum dmarc_outcome outcome;
		const char *where, *organisation;
		enum dmarc_policy effective;
	} cases[] = {
	        {"good.example", DMARC_FOUND, "good.example", "good.example", DMARC_QUARANTINE},
	        {"x.y.good.example", DMARC_FOUND, "good.example", "good.example", DMARC_QUARANTINE},
	        {"sub.good.example", DMARC_FOUND, "sub.good.example", "sub.good.example", DMARC_REJECT},
	        {"x.sub.good.example", DMARC_FOUND, "sub.good.example", "sub.good.example", DMARC_REJECT},
	        {"old.example", DMARC_FOUND, "old.example", "old.example", DMARC_REJECT},
	        {"x.old.example", DMARC_FOUND, "old.example", "old.example", DMARC_NONE},
	        {"two.example", DMARC_MISSING, NULL, "two.example", DMARC_NONE},
	        {"x.fails.example", DMARC_FAILED, NULL, NULL, DMARC_NONE},
	        {"a.suffix.example", DMARC_FOUND, "suffix.example", "a.suffix.example", DMARC_QUARANTINE},
	        {"x.a.suffix.example", DMARC_FOUND, "suffix.example", "a.suffix.example", DMARC_QUARANTINE},
	        {"x.b.suffix.example", DMARC_FOUND, "b.suffix.example", "b.suffix.example", DMARC_NONE},
	        {"not.example", DMARC_MISSING, NULL, "not.example", DMARC_NONE},
	        {"late.example", DMARC_MISSING, NULL, "late.example", DMARC_NONE},
	        {"none.example", DMARC_MISSING, NULL, "none.example", DMARC_NONE},
	        {"1.2.3.4.5.6.7.8.9.10.deep.example", DMARC_FOUND, "deep.example", "deep.example",
	         DMARC_NONE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct dmarc_finding finding;

		asked = 0;
		finding = dmarc_find(cases[i].domain, answer, NULL);
		g_assert_cmpint(finding.outcome, ==, cases[i].outcome);
		g_assert_cmpstr(finding.where, ==, cases[i].where);
		g_assert_cmpstr(finding.organisation, ==, cases[i].organisation);
		g_assert_cmpint(finding.effective, ==, cases[i].effective);
		g_assert_cmpint(asked, <=, 8);
		dmarc_finding_clear(&finding);
	}
}

static void records_are_read(void)
{
	struct dmarc_record record;

	g_assert_true(dmarc_record_read("v=DMARC1", &record));
	g_assert_false(record.has_policy || record.has_reports || record.is_testing);
	g_assert_true(dmarc_record_read(
	        " v = DMARC1 ; P=Reject;adkim=s; aspf=S;t=y;rua=mailto:a@b;rf=afrf;x=;;y", &record));
	g_assert_true(record.has_policy && record.has_reports && record.is_testing && record.has_obsolete);
	g_assert_true(record.is_dkim_strict && record.is_spf_strict);
	g_assert_cmpint(record.policy, ==, DMARC_REJECT);
	g_assert_cmpint(record.sub_policy, ==, DMARC_REJECT);
	g_assert_false(dmarc_record_read("", &record));
	g_assert_false(dmarc_record_read("v=dmarc1; p=none", &record));
	g_assert_false(dmarc_record_read("DMARC1; p=none", &record));
}

/* A key of so many bits, with or without the wrapping of SubjectPublicKeyInfo. */
static char *make_key(guint bits, gboolean is_wrapped)
{
	static const guchar algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
	                                   0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
	static const guchar exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
	guint n = bits / 8 + 1, inner = 4 + n + (guint)sizeof(exponent);
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autofree guchar *modulus = g_malloc0(n);

	modulus[1] = 0x80;
	if (is_wrapped) {
		guint outer = (guint)sizeof(algorithm) + 4 + 1 + 4 + inner;
		const guchar head[] = {0x30, 0x82, (guchar)(outer >> 8), (guchar)outer};
		const guchar string[] = {0x03, 0x82, (guchar)((inner + 5) >> 8), (guchar)(inner + 5), 0};

		g_byte_array_append(out, head, sizeof(head));
		g_byte_array_append(out, algorithm, sizeof(algorithm));
		g_byte_array_append(out, string, sizeof(string));
	}
	{
		const guchar head[] = {0x30, 0x82, (guchar)(inner >> 8), (guchar)inner,
		                       0x02, 0x82, (guchar)(n >> 8),     (guchar)n};

		g_byte_array_append(out, head, sizeof(head));
	}
	g_byte_array_append(out, modulus, n);
	g_byte_array_append(out, exponent, sizeof(exponent));
	return g_base64_encode(out->data, out->len);
}

static void rsa_keys_are_measured(void)
{
	for (int i = 0; i < 2; i++)
		for (guint bits = 512; bits <= 4096; bits *= 2) {
			g_autofree char *key = make_key(bits, i == 1);
			g_autofree char *text = g_strdup_printf("v=DKIM1; k=rsa; p=%.40s \t %s;", key,
			                                        key + 40);
			struct dkim_key read = dkim_key_read(text);

			g_assert_cmpuint(read.bits, ==, bits);
			g_assert_cmpint(read.fault, ==, bits < 1024 ? DKIM_KEY_SHORT : DKIM_KEY_FINE);
			for (gsize len = 0; len < strlen(key); len += 4) {
				g_autofree char *cut = g_strdup_printf("p=%.*s", (int)len, key);

				g_assert_cmpint(dkim_key_read(cut).fault, ==,
				                len == 0 ? DKIM_KEY_REVOKED : DKIM_KEY_BROKEN);
			}
		}
}

static void faults_of_keys_are_told(void)
{
	static const struct {
		const char *text;
		enum dkim_key_fault fault;
	} cases[] = {
	        {"v=DKIM1; p=", DKIM_KEY_REVOKED},
	        {"v=DKIM1; k=rsa", DKIM_KEY_NONSENSE},
	        {"v=DKIM2; p=AAAA", DKIM_KEY_NONSENSE},
	        {"p=AAAA; v=DKIM1", DKIM_KEY_NONSENSE},
	        {"p=AAAA; p=AAAA", DKIM_KEY_NONSENSE},
	        {"hello", DKIM_KEY_NONSENSE},
	        {"", DKIM_KEY_NONSENSE},
	        {"k=dsa; p=AAAA", DKIM_KEY_UNKNOWN},
	        {"h=sha1; p=AAAA", DKIM_KEY_NO_SHA256},
	        {"s=tlsrpt; p=AAAA", DKIM_KEY_NO_EMAIL},
	        {"p=AAAA", DKIM_KEY_BROKEN},
	        {"p=a key", DKIM_KEY_BROKEN},
	        {"p=?", DKIM_KEY_BROKEN},
	        {"k=ed25519; p=AAAA", DKIM_KEY_BROKEN},
	        {"v=DKIM1; k=ed25519; t=y:s; h=sha1 : sha256; s=email; "
	         "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	         DKIM_KEY_FINE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		if (dkim_key_read(cases[i].text).fault != cases[i].fault)
			g_error("%s: %s", cases[i].text,
			        dkim_key_fault_text(dkim_key_read(cases[i].text).fault));
	g_assert_true(dkim_key_read(cases[G_N_ELEMENTS(cases) - 1].text).is_testing);
	g_assert_true(dkim_key_read(cases[G_N_ELEMENTS(cases) - 1].text).is_strict);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/dmarc/the_tree_is_walked", the_tree_is_walked);
	g_test_add_func("/dmarc/records_are_read", records_are_read);
	g_test_add_func("/dmarc/rsa_keys_are_measured", rsa_keys_are_measured);
	g_test_add_func("/dmarc/faults_of_keys_are_told", faults_of_keys_are_told);
	return g_test_run();
}

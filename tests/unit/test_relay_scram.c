// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_scram.h"

#include <string.h>

#define USER     "user"
#define PASSWORD "pencil"

/* The examples of RFC 7677 3 and RFC 5802 5. */
static const struct {
	const char *mechanism, *nonce, *begin, *challenge, *proof, *verdict;
} examples[] = {
        {"SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
         "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
         "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
         "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
         "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
        {"SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
         "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
         "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
         "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
};

static void the_examples_of_the_rfcs_come_out(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		struct relay_scram *scram = relay_scram_new(examples[i].mechanism, USER, PASSWORD,
		                                            examples[i].nonce);
		g_autofree char *begin = relay_scram_begin(scram);
		g_autofree char *proof = NULL, *last = NULL;
		const char *problem;

		g_assert_cmpstr(begin, ==, examples[i].begin);
		proof = relay_scram_answer(scram, examples[i].challenge, &problem);
		g_assert_cmpstr(proof, ==, examples[i].proof);
		g_assert_null(problem);
		g_assert_false(relay_scram_is_proven(scram));
		last = relay_scram_answer(scram, examples[i].verdict, &problem);
		g_assert_cmpstr(last, ==, "");
		g_assert_true(relay_scram_is_proven(scram));
		/* nothing is to be said after that */
		g_assert_null(relay_scram_answer(scram, examples[i].verdict, &problem));
		g_assert_nonnull(problem);
		relay_scram_free(scram);
	}
}

static void a_challenge_that_is_wrong_gets_no_proof(void)
{
	static const char *const wrong[] = {
	        "",
	        "x",
	        "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", /* nothing of its own */
	        "r=somebodyElse123456789,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==",
	        "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
	        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
	        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
	        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1",
	        "m=must,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	        "e=unknown-user",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		struct relay_scram *scram = relay_scram_new("SCRAM-SHA-256", USER, PASSWORD,
		                                            "rOprNGfwEbeRWgbNEkqO");
		const char *problem = NULL;

		g_free(relay_scram_begin(scram));
		g_assert_null(relay_scram_answer(scram, wrong[i], &problem));
		g_assert_nonnull(problem);
		g_assert_false(relay_scram_is_proven(scram));
		relay_scram_free(scram);
	}
}

static void a_server_that_does_not_know_the_password_is_found_out(void)
{
	static const char *const wrong[] = {
	        "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "v=AAAA", "e=invalid-proof", "",
	        "x=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		struct relay_scram *scram = relay_scram_new("SCRAM-SHA-256", USER, PASSWORD,
		                                            examples[0].nonce);
		const char *problem = NULL;

		g_free(relay_scram_begin(scram));
		g_free(relay_scram_answer(scram, examples[0].challenge, &problem));
		g_assert_null(problem);
		g_assert_null(relay_scram_answer(scram, wrong[i], &problem));
		g_assert_nonnull(problem);
		g_assert_false(relay_scram_is_proven(scram));
		/* and does not get a second try */
		g_assert_null(relay_scram_answer(scram, examples[0].verdict, &problem));
		relay_scram_free(scram);
	}
}

static void names_are_escaped_and_prepared(void)
{
	static const struct {
		const char *user, *begin; /* NULL: refused */
	} cases[] = {
	        {"a,b=c", "n,,n=a=2Cb=3Dc,r=x"},
	        {"list@example.org", "n,,n=list@example.org,r=x"},
	        {"\xe2\x85\xa8", "n,,n=IX,r=x"}, /* ROMAN NUMERAL NINE, RFC 4013 3 */
	        {"a\x07", NULL},
	        {"", NULL},
	        {"\xff", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct relay_scram *scram = relay_scram_new("SCRAM-SHA-256", cases[i].user, "x", "x");
		g_autofree char *begin = scram == NULL ? NULL : relay_scram_begin(scram);

		g_assert_cmpstr(begin, ==, cases[i].begin);
		relay_scram_free(scram);
	}
	g_assert_null(relay_scram_new("SCRAM-SHA-256", "x", "tab\there", "x"));
}

static void no_nonce_comes_twice(void)
{
	struct relay_scram *first = relay_scram_new("SCRAM-SHA-256", USER, PASSWORD, NULL);
	struct relay_scram *second = relay_scram_new("SCRAM-SHA-256", USER, PASSWORD, NULL);
	g_autofree char *one = relay_scram_begin(first), *two = relay_scram_begin(second);

	g_assert_cmpstr(one, !=, two);
	g_assert_cmpuint(strlen(one), >=, 30);
	relay_scram_free(first);
	relay_scram_free(second);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/relay_scram/" #name, name)
	TEST(the_examples_of_the_rfcs_come_out);
	TEST(a_challenge_that_is_wrong_gets_no_proof);
	TEST(a_server_that_does_not_know_the_password_is_found_out);
	TEST(names_are_escaped_and_prepared);
	TEST(no_nonce_comes_twice);
	return g_test_run();
}

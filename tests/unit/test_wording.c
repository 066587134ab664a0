// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/resource.h"
#include "lib/mail/wording.h"

#include <glib/gstdio.h>
#include <string.h>

static void put(const char *folder, const char *path, const char *text)
{
	g_autofree char *file = g_build_filename(folder, path, NULL);
	g_autofree char *parent = g_path_get_dirname(file);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

static void drop(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		drop(child);
	}
	g_remove(path);
}

static void every_language_has_every_word_and_every_mail(void)
{
	static const char *const languages[] = {"de", "es", "fr", "ja"};
	g_autoptr(GBytes) bytes = resource_read("templates/en/words");
	g_autoptr(GKeyFile) english = g_key_file_new();
	g_auto(GStrv) groups = NULL, mails = resource_list("templates/en");

	g_assert_true(g_key_file_load_from_bytes(english, bytes, G_KEY_FILE_NONE, NULL));
	groups = g_key_file_get_groups(english, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
		g_autofree char *path = g_strdup_printf("templates/%s/words", languages[i]);
		g_autoptr(GBytes) theirs = resource_read(path);
		g_autoptr(GKeyFile) words = g_key_file_new();

		g_assert_true(g_key_file_load_from_bytes(words, theirs, G_KEY_FILE_NONE, NULL));
		for (guint j = 0; groups[j] != NULL; j++) {
			g_auto(GStrv) keys = g_key_file_get_keys(english, groups[j], NULL, NULL);

			for (guint k = 0; keys[k] != NULL; k++) {
				g_autofree char *ours = g_key_file_get_string(english, groups[j], keys[k],
				                                              NULL);
				g_autofree char *word = g_key_file_get_string(words, groups[j], keys[k],
				                                              NULL);

				if (*ours == '\0')
					continue;
				if (word == NULL || strcmp(word, ours) == 0)
					g_error("%s: [%s] %s is not translated", languages[i], groups[j],
					        keys[k]);
				g_assert_cmpint(strstr(word, "{{address}}") != NULL, ==,
				                strstr(ours, "{{address}}") != NULL);
			}
		}
		for (guint j = 0; mails[j] != NULL; j++) {
			g_autofree char *mail = g_strdup_printf("templates/%s/%s", languages[i], mails[j]);
			g_autoptr(GBytes) text = resource_read(mail);

			if (text == NULL)
				g_error("%s is missing", mail);
		}
	}
}

static void the_operators_files_come_before_ours_and_a_lists_before_those(void)
{
	g_autofree char *folder = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *word = NULL, *subject = NULL, *text = NULL;
	g_autoptr(GString) page = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	struct wording *wording;

	put(folder, "en/words", "[unsubscribe]\ntitle=Leave {{list_title}}?\n");
	put(folder, "lists/news/en/words", "[unsubscribe]\ntitle=Leave the news?\n");
	put(folder, "lists/news/pages/message.html", "<h1>{{title}}</h1><hr>\n");
	put(folder, "de/goodbye", "Subject: Adieu {{list_title}}\n\nText\n");
	put(folder, "it/words", "[unsubscribe]\ntitle=Uscire?\n");
	put(folder, "page.css", "body { color: red }\n");
	put(folder, "en/words~", "left behind by an editor");
	wording = wording_new(folder, &error);
	g_assert_no_error(error);
	word = wording_text(wording, "news", "en", "unsubscribe", "title", NULL, NULL);
	g_assert_cmpstr(word, ==, "Leave the news?");
	g_free(word);
	word = wording_text(wording, "other", "en", "unsubscribe", "title", NULL, NULL);
	g_assert_cmpstr(word, ==, "Leave ?");
	g_free(word);
	word = wording_text(wording, "other", "en", "unsubscribe", "button", NULL, NULL);
	g_assert_cmpstr(word, ==, "Unsubscribe");
	g_free(word);
	/* a language that the operator began is spoken, and lacks nothing */
	g_assert_cmpstr(wording_language(wording, "it", NULL), ==, "it");
	word = wording_text(wording, "", "it", "unsubscribe", "button", NULL, NULL);
	g_assert_cmpstr(word, ==, "Unsubscribe");
	wording_page(wording, "news", "en", "unknown:message", NULL, NULL, page);
	g_assert_nonnull(strstr(page->str, "<h1>There is nothing to do</h1><hr>"));
	wording_mail(wording, "news", "de", "goodbye", &subject, &text);
	g_assert_cmpstr(subject, ==, "Adieu {{list_title}}");
	wording_free(wording);
	drop(folder);
}

static void what_is_wrong_is_named_with_its_file(void)
{
	static const struct {
		const char *path, *text, *words;
	} cases[] = {
	        {"pages/unsubcribe.html", "x", "no page called unsubcribe"},
	        {"pages/confirm.html", "{{colour}}", "no such field here: colour"},
	        {"pages/confirm.html", "line\n{{", "line 2"},
	        {"pages/confirm.htm", "x", "NAME.html"},
	        {"en/words", "[unsubscribe]\nbutten=x\n", "[unsubscribe] butten: there is no such key"},
	        {"en/words", "[unsubscribe]\nbutton={{nobody}}\n", "no such field here: nobody"},
	        {"en/words", "nonsense\n", "words"},
	        {"fr/confirm", "no subject", "begins with"},
	        {"fr/confirm", "Subject: a\nb: c\n\ntext", "one line"},
	        {"fr/confirm", "Subject: a\n\n{{password}}", "no such field here: password"},
	        {"fr/confrim", "Subject: a\n\nb", "no mail called confrim"},
	        {"lists/news/en/words", "[unsubscribe]\nbutten=x\n", "lists/news/en/words"},
	        {"pages/confirm.html", "\xff", "not UTF-8"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *folder = g_dir_make_tmp("carom-XXXXXX", NULL);
		g_autoptr(GError) error = NULL;

		put(folder, cases[i].path, cases[i].text);
		g_assert_null(wording_new(folder, &error));
		g_assert_error(error, FAILURE, FAILURE_CONFIG);
		if (strstr(error->message, cases[i].words) == NULL || strstr(error->message, folder) == NULL)
			g_error("%s: %s", cases[i].path, error->message);
		drop(folder);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/wording/" #name, name)
	TEST(every_language_has_every_word_and_every_mail);
	TEST(the_operators_files_come_before_ours_and_a_lists_before_those);
	TEST(what_is_wrong_is_named_with_its_file);
	return g_test_run();
}

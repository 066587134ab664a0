// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/wording.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/resource.h"
#include "lib/mail/wording_file.h"

#include <string.h>

static const char *layer_name(int layer, const char *list)
{
	static const char *const names[] = {NULL, "", "@"};

	return layer == 0 ? list : names[layer];
}

/* The nearest of: the list's file, the installation's, ours. */
static gpointer find(GHashTable *table, const char *list, const char *what)
{
	for (int layer = *list == '\0' ? 1 : 0; layer < 3; layer++) {
		g_autofree char *key = g_strdup_printf("%s/%s", layer_name(layer, list), what);
		gpointer found = g_hash_table_lookup(table, key);

		if (found != NULL)
			return found;
	}
	return NULL;
}

static const struct template *find_word(const struct wording *wording, const char *list, const char *language,
                                        const char *page, const char *key)
{
	const char *languages[] = {language, "en"};

	for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
		g_autofree char *of_page = g_strdup_printf("%s/%s/%s", languages[i], page, key);
		g_autofree char *common = g_strdup_printf("%s/common/%s", languages[i], key);
		const struct template *word = find(wording->words, list, of_page);

		if (word == NULL)
			word = find(wording->words, list, common);
		if (word != NULL)
			return word;
	}
	return NULL;
}

/* What fields of a page stand for: words first, then values. */
struct speaking {
	const struct wording *wording;
	const char *list, *language, *page;
	template_lookup values;
	void *user;
	GString *word;
};

static const char *speak(const char *name, void *user)
{
	struct speaking *speaking = user;
	const struct template *word = find_word(speaking->wording, speaking->list, speaking->language,
	                                        speaking->page, name);

	if (word == NULL)
		return speaking->values == NULL ? NULL : speaking->values(name, speaking->user);
	g_string_truncate(speaking->word, 0);
	template_render(word, speaking->values, speaking->user, speaking->word);
	return speaking->word->str;
}

static void render(struct speaking *speaking, const char *file, GString *out)
{
	const struct template *page = find(speaking->wording->pages, speaking->list, file);

	if (page == NULL)
		g_error("there is no page %s", file);
	template_render(page, speak, speaking, out);
}

void wording_piece(const struct wording *wording, const char *list, const char *language, const char *page,
                   template_lookup values, void *user, GString *out)
{
	g_autoptr(GString) word = g_string_new(NULL);
	/* "preferences-row" speaks with the words of "preferences" */
	g_autofree char *group = g_strndup(page, strcspn(page, ":"));
	const char *file = strchr(page, ':');
	struct speaking speaking = {wording, list, language, group, values, user, word};

	render(&speaking, file == NULL ? page : file + 1, out);
}

void wording_page(const struct wording *wording, const char *list, const char *language, const char *page,
                  template_lookup values, void *user, GString *out)
{
	g_autoptr(GString) word = g_string_new(NULL);
	g_autofree char *group = g_strndup(page, strcspn(page, ":"));
	const char *file = strchr(page, ':');
	struct speaking speaking = {wording, list, language, group, values, user, word};

	render(&speaking, "head", out);
	render(&speaking, file == NULL ? page : file + 1, out);
	render(&speaking, "foot", out);
}

char *wording_text(const struct wording *wording, const char *list, const char *language, const char *page,
                   const char *key, template_lookup values, void *user)
{
	const struct template *word = find_word(wording, list, language, page, key);
	GString *out;

	if (word == NULL)
		return NULL;
	out = g_string_new(NULL);
	template_render(word, values, user, out);
	return g_string_free(out, FALSE);
}

void wording_mail(const struct wording *wording, const char *list, const char *language, const char *name,
                  char **subject_out, char **text_out)
{
	g_autofree char *own = g_strdup_printf("%s/%s", language, name);
	g_autofree char *english = g_strdup_printf("en/%s", name);
	const struct wording_mail_text *mail = find(wording->mails, list, own);

	if (mail == NULL)
		mail = find(wording->mails, list, english);
	if (mail == NULL)
		g_error("there is no mail %s", name);
	*subject_out = g_strdup(mail->subject);
	*text_out = g_strdup(mail->text);
}

GBytes *wording_style(const struct wording *wording, const char *list)
{
	return g_bytes_ref(find(wording->styles, list, "page.css"));
}

/* The language as we name it, when we speak it: "pt-BR" is spoken as "pt". */
static const char *spoken(const struct wording *wording, const char *tag, gsize len)
{
	g_autofree char *whole = g_ascii_strdown(tag, (gssize)len);
	g_autofree char *primary = g_strndup(whole, strcspn(whole, "-_"));

	for (guint i = 0; i < wording->languages->len; i++) {
		const char *name = g_ptr_array_index(wording->languages, i);

		if (g_ascii_strcasecmp(name, whole) == 0 || strcmp(name, primary) == 0)
			return name;
	}
	return NULL;
}

const char *wording_language(const struct wording *wording, const char *accept, const char *list_language)
{
	enum { ACCEPT_MAX = 256 };
	g_autofree char *wish = g_strndup(accept == NULL ? "" : accept, ACCEPT_MAX);
	g_auto(GStrv) ranges = g_strsplit(wish, ",", -1);
	const char *best = NULL;
	double best_weight = 0;

	for (guint i = 0; ranges[i] != NULL; i++) {
		const char *range = g_strstrip(ranges[i]);
		const char *quality = strstr(range, "q=");
		double weight = quality == NULL ? 1 : g_ascii_strtod(quality + 2, NULL);
		const char *language = spoken(wording, range, strcspn(range, "; \t"));

		if (language != NULL && weight > best_weight && weight <= 1) {
			best = language;
			best_weight = weight;
		}
	}
	if (best == NULL && list_language != NULL)
		best = spoken(wording, list_language, strlen(list_language));
	return best == NULL ? "en" : best;
}

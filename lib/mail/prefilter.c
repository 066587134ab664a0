// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/prefilter.h"

#include <string.h>

#define LITERAL_MIN 3 /* shorter ones are found everywhere */
#define NO_LITERAL  (-1)

struct prefilter {
	GHashTable *numbers; /* literal -> number + 1 */
	GPtrArray *literals;
	guint8 class_of[256];
	guint classes;
	guint states;
	guint32 *next;  /* [state * classes + class] */
	gint32 *output; /* number of the literal that ends here, or NO_LITERAL */
	guint32 *link;  /* the next state with an output among its suffixes, 0: none */
};

struct prefilter *prefilter_new(void)
{
	struct prefilter *prefilter = g_new0(struct prefilter, 1);

	prefilter->numbers = g_hash_table_new(g_str_hash, g_str_equal);
	prefilter->literals = g_ptr_array_new_with_free_func(g_free);
	return prefilter;
}

void prefilter_free(struct prefilter *prefilter)
{
	if (prefilter == NULL)
		return;
	g_hash_table_unref(prefilter->numbers);
	g_ptr_array_unref(prefilter->literals);
	g_free(prefilter->next);
	g_free(prefilter->output);
	g_free(prefilter->link);
	g_free(prefilter);
}

guint prefilter_add(struct prefilter *prefilter, const char *literal)
{
	gpointer have = g_hash_table_lookup(prefilter->numbers, literal);
	char *copy;

	if (have != NULL)
		return GPOINTER_TO_UINT(have) - 1;
	copy = g_strdup(literal);
	g_ptr_array_add(prefilter->literals, copy);
	g_hash_table_insert(prefilter->numbers, copy, GUINT_TO_POINTER(prefilter->literals->len));
	return prefilter->literals->len - 1;
}

guint prefilter_count(const struct prefilter *prefilter)
{
	return prefilter->literals->len;
}

gsize prefilter_words(const struct prefilter *prefilter)
{
	return prefilter->literals->len / 64 + 1;
}

/* Class 0 is every byte that no literal has. */
static gsize number_classes(struct prefilter *prefilter)
{
	gsize total = 1;

	prefilter->classes = 1;
	for (guint i = 0; i < prefilter->literals->len; i++) {
		const guint8 *literal = g_ptr_array_index(prefilter->literals, i);

		for (; *literal != '\0'; literal++, total++)
			if (prefilter->class_of[*literal] == 0 && prefilter->classes < 255)
				prefilter->class_of[*literal] = (guint8)prefilter->classes++;
	}
	return total;
}

static void insert(struct prefilter *prefilter, guint number)
{
	const guint8 *literal = g_ptr_array_index(prefilter->literals, number);
	guint32 state = 0;

	for (; *literal != '\0'; literal++) {
		guint32 *slot = &prefilter->next[state * prefilter->classes + prefilter->class_of[*literal]];

		if (*slot == 0)
			*slot = prefilter->states++;
		state = *slot;
	}
	prefilter->output[state] = (gint32)number;
}

/* Renumber the states in that order: those near the start, where nearly all of a text is, lie together and
 * stay in the processor's cache. order: but for the first state. */
static void renumber(struct prefilter *prefilter, const guint32 *order)
{
	gsize classes = prefilter->classes;
	g_autofree guint32 *number = g_new0(guint32, prefilter->states);
	guint32 *next = g_new0(guint32, prefilter->states * classes);
	guint32 *link = g_new0(guint32, prefilter->states);
	gint32 *output = g_new(gint32, prefilter->states);

	for (guint32 i = 1; i < prefilter->states; i++)
		number[order[i - 1]] = i;
	for (guint32 i = 0; i < prefilter->states; i++) {
		guint32 old = i > 0 ? order[i - 1] : 0;

		for (gsize c = 0; c < classes; c++)
			next[i * classes + c] = number[prefilter->next[old * classes + c]];
		link[i] = number[prefilter->link[old]];
		output[i] = prefilter->output[old];
	}
	g_free(prefilter->next);
	g_free(prefilter->link);
	g_free(prefilter->output);
	prefilter->next = next;
	prefilter->link = link;
	prefilter->output = output;
}

/* Breadth first, so that a state's longest suffix is finished before it. */
static void connect_suffixes(struct prefilter *prefilter)
{
	g_autofree guint32 *queue = g_new(guint32, prefilter->states);
	g_autofree guint32 *suffix = g_new0(guint32, prefilter->states);
	guint head = 0, tail = 0;

	for (guint c = 0; c < prefilter->classes; c++)
		if (prefilter->next[c] != 0)
			queue[tail++] = prefilter->next[c];
	while (head < tail) {
		guint32 state = queue[head++];
		guint32 shorter = suffix[state];

		prefilter->link[state] = prefilter->output[shorter] != NO_LITERAL ? shorter
		                                                                  : prefilter->link[shorter];
		for (guint c = 0; c < prefilter->classes; c++) {
			guint32 *slot = &prefilter->next[state * prefilter->classes + c];
			guint32 other = prefilter->next[shorter * prefilter->classes + c];

			if (*slot == 0) {
				*slot = other;
				continue;
			}
			suffix[*slot] = other;
			queue[tail++] = *slot;
		}
	}
	renumber(prefilter, queue);
}

void prefilter_build(struct prefilter *prefilter)
{
	gsize max = number_classes(prefilter);

	prefilter->next = g_new0(guint32, max * prefilter->classes);
	prefilter->output = g_new(gint32, max);
	prefilter->link = g_new0(guint32, max);
	for (gsize i = 0; i < max; i++)
		prefilter->output[i] = NO_LITERAL;
	prefilter->states = 1;
	for (guint i = 0; i < prefilter->literals->len; i++)
		insert(prefilter, i);
	connect_suffixes(prefilter);
}

void prefilter_find(const struct prefilter *prefilter, const char *text, guint64 *hits)
{
	guint32 state = 0;

	for (const guint8 *p = (const guint8 *)text; *p != '\0'; p++) {
		state = prefilter->next[state * prefilter->classes + prefilter->class_of[*p]];
		for (guint32 at = prefilter->output[state] != NO_LITERAL ? state : prefilter->link[state];
		     at != 0; at = prefilter->link[at])
			hits[prefilter->output[at] / 64] |= G_GUINT64_CONSTANT(1)
			                                    << (prefilter->output[at] % 64);
	}
}

/* Past a class or group that opens at regex. */
static const char *skip_nested(const char *regex)
{
	int depth = 0;

	if (*regex == '[') {
		regex++;
		if (*regex == '^')
			regex++;
		if (*regex == ']')
			regex++;
		for (; *regex != '\0' && *regex != ']'; regex++)
			if (*regex == '\\' && regex[1] != '\0')
				regex++;
		return *regex == ']' ? regex + 1 : regex;
	}
	for (; *regex != '\0'; regex++) {
		if (*regex == '\\' && regex[1] != '\0')
			regex++;
		else if (*regex == '[')
			regex = skip_nested(regex) - 1;
		else if (*regex == '(')
			depth++;
		else if (*regex == ')' && --depth == 0)
			return regex + 1;
	}
	return regex;
}

static gsize shortest(const GPtrArray *literals)
{
	gsize least = G_MAXSIZE;

	for (guint i = 0; i < literals->len; i++)
		least = MIN(least, strlen(g_ptr_array_index(literals, i)));
	return least;
}

/* What one alternative of an expression needs: the better of its runs of plain text and its groups. */
struct needs {
	GString *run;
	GPtrArray *best; /* of char *, or NULL */
};

static void offer(struct needs *needs, GPtrArray *literals)
{
	if (literals != NULL && shortest(literals) >= LITERAL_MIN &&
	    (needs->best == NULL || shortest(literals) > shortest(needs->best))) {
		g_clear_pointer(&needs->best, g_ptr_array_unref);
		needs->best = literals;
	} else if (literals != NULL) {
		g_ptr_array_unref(literals);
	}
}

static void end_run(struct needs *needs)
{
	GPtrArray *one;

	if (needs->run->len == 0)
		return;
	one = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(one, g_ascii_strdown(needs->run->str, -1));
	g_string_truncate(needs->run, 0);
	offer(needs, one);
}

static gboolean is_quantifier(char c)
{
	return c == '?' || c == '*' || c == '{' || c == '+';
}

/* A group that must be there; one that looks around is no text of its own. */
static void offer_group(struct needs *needs, const char *open, const char *close)
{
	const char *inside = open + 1;
	g_autofree char *copy = NULL;

	if (*close == '?' || *close == '*' || *close == '{')
		return;
	if (g_str_has_prefix(inside, "?:"))
		inside += 2;
	else if (*inside == '?')
		return;
	/* an unclosed one is the compiler's to refuse */
	if (close <= inside || close[-1] != ')')
		return;
	copy = g_strndup(inside, (gsize)(close - 1 - inside));
	offer(needs, prefilter_literals_of(copy));
}

static const char *skip_escape(struct needs *needs, const char *regex)
{
	end_run(needs);
	return regex + (regex[1] != '\0' ? 2 : 1);
}

/* The end of an alternative: what it needs joins what the others need. */
static gboolean take_alternative(struct needs *needs, GPtrArray *found)
{
	end_run(needs);
	if (needs->best == NULL)
		return FALSE;
	for (guint i = 0; i < needs->best->len; i++)
		g_ptr_array_add(found, g_strdup(g_ptr_array_index(needs->best, i)));
	g_clear_pointer(&needs->best, g_ptr_array_unref);
	return TRUE;
}

static gboolean read_needs(const char *regex, struct needs *needs, GPtrArray *found)
{
	for (;;) {
		char c = *regex;

		if (c == '\0' || c == '|') {
			if (!take_alternative(needs, found))
				return FALSE;
			if (c == '\0')
				return TRUE;
			regex++;
		} else if (c == '[' || c == '(') {
			const char *open = regex;

			end_run(needs);
			regex = skip_nested(regex);
			if (c == '(')
				offer_group(needs, open, regex);
		} else if (c == '\\' && (regex[1] == '\0' || g_ascii_isalnum(regex[1]))) {
			regex = skip_escape(needs, regex);
		} else if (strchr(".^$", c) != NULL || is_quantifier(c)) {
			end_run(needs);
			regex++;
			/* the numbers of {1,3} are no text */
			while (c == '{' && *regex != '\0' && regex[-1] != '}')
				regex++;
		} else {
			c = c == '\\' ? *++regex : c;
			regex++;
			if (is_quantifier(*regex))
				end_run(needs);
			else
				g_string_append_c(needs->run, c);
		}
	}
}

GPtrArray *prefilter_literals_of(const char *regex)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	struct needs needs = {g_string_new(NULL), NULL};
	gboolean is_closed = read_needs(regex, &needs, found);

	g_string_free(needs.run, TRUE);
	g_clear_pointer(&needs.best, g_ptr_array_unref);
	return is_closed ? g_steal_pointer(&found) : NULL;
}

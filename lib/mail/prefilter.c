// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/prefilter.h"

#include <string.h>

#define LITERAL_MIN 3 /* shorter ones are found everywhere */
#define NO_LITERAL  (-1)
#define DENSE_MAX   400 /* rows kept: the rest of them would only fill the processor's cache */

struct prefilter {
	GHashTable *numbers; /* literal -> number + 1 */
	GPtrArray *literals;
	guint8 class_of[256];
	guint classes;
	guint states;
	guint32 dense; /* states from the start on that have a row of their own */
	guint32 *rows; /* [state * classes + class] */
	struct state *nodes;
};

/* Numbered breadth first: those near the start, where nearly all of a text is, come first, and children are
 * together. */
struct state {
	gint32 output;  /* number of the literal that ends here, or NO_LITERAL */
	guint32 link;   /* the next state with an output among its suffixes, 0: none */
	guint32 suffix; /* where to go on when no child fits */
	guint32 first;  /* child */
	guint8 count;   /* of children */
	guint8 label;   /* the class that leads here */
};

/* Literals in order: those that begin with a state's text stand together. */
struct making {
	const char **sorted;
	guint *from; /* per state: the first of them */
	guint *end;
	guint *depth; /* per state: the bytes that led to it */
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
	g_free(prefilter->rows);
	g_free(prefilter->nodes);
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

/* By classes, so that bytes which share one are together. */
static int compare_literals(const void *left, const void *right, void *user)
{
	const struct prefilter *prefilter = user;
	const guint8 *a = *(const guint8 *const *)left, *b = *(const guint8 *const *)right;

	while (*a != '\0' && *b != '\0' && prefilter->class_of[*a] == prefilter->class_of[*b]) {
		a++;
		b++;
	}
	if (*a == '\0' || *b == '\0')
		return (*a != '\0') - (*b != '\0');
	return prefilter->class_of[*a] - prefilter->class_of[*b];
}

static guint32 step(const struct prefilter *prefilter, guint32 state, guint8 class)
{
	while (state >= prefilter->dense) {
		const struct state *node = &prefilter->nodes[state];

		for (guint32 child = node->first; child < node->first + node->count; child++)
			if (prefilter->nodes[child].label == class)
				return child;
		state = node->suffix;
	}
	return prefilter->rows[state * prefilter->classes + class];
}

static void add_child(struct prefilter *prefilter, struct making *making, guint32 parent, guint8 class,
                      guint from, guint end)
{
	guint32 child = prefilter->states++;

	making->from[child] = from;
	making->end[child] = end;
	making->depth[child] = making->depth[parent] + 1;
	prefilter->nodes[child].label = class;
	prefilter->nodes[child].output = NO_LITERAL;
	prefilter->nodes[parent].count++;
}

/* The states breadth first, so that a state's longest suffix is finished before it. */
static void make_states(struct prefilter *prefilter, struct making *making)
{
	prefilter->states = 1;
	prefilter->nodes[0].output = NO_LITERAL;
	making->end[0] = prefilter->literals->len;
	for (guint32 state = 0; state < prefilter->states; state++) {
		guint depth = making->depth[state], from = making->from[state], end = making->end[state];

		prefilter->nodes[state].first = prefilter->states;
		for (; from < end && making->sorted[from][depth] == '\0'; from++)
			prefilter->nodes[state].output = GPOINTER_TO_INT(g_hash_table_lookup(
			                                         prefilter->numbers, making->sorted[from])) -
			                                 1;
		while (from < end) {
			guint8 class = prefilter->class_of[(guint8)making->sorted[from][depth]];
			guint next = from + 1;

			while (next < end &&
			       prefilter->class_of[(guint8)making->sorted[next][depth]] == class)
				next++;
			add_child(prefilter, making, state, class, from, next);
			from = next;
		}
	}
}

static void connect_suffixes(struct prefilter *prefilter)
{
	for (guint32 state = 0; state < prefilter->states; state++) {
		struct state *node = &prefilter->nodes[state];
		const struct state *suffix = &prefilter->nodes[node->suffix];

		node->link = suffix->output != NO_LITERAL ? node->suffix : suffix->link;
		if (state == 0)
			node->link = 0;
		for (guint32 child = node->first; child < node->first + node->count; child++)
			if (state > 0)
				prefilter->nodes[child].suffix = step(prefilter, node->suffix,
				                                      prefilter->nodes[child].label);
		if (state >= DENSE_MAX)
			continue;
		if (state > 0)
			memcpy(&prefilter->rows[state * prefilter->classes],
			       &prefilter->rows[node->suffix * prefilter->classes],
			       prefilter->classes * sizeof(guint32));
		for (guint32 child = node->first; child < node->first + node->count; child++)
			prefilter->rows[state * prefilter->classes + prefilter->nodes[child].label] = child;
		prefilter->dense = state + 1;
	}
}

void prefilter_build(struct prefilter *prefilter)
{
	gsize max = number_classes(prefilter);
	struct making making = {g_new(const char *, prefilter->literals->len + 1), g_new0(guint, max),
	                        g_new0(guint, max), g_new0(guint, max)};

	for (guint i = 0; i < prefilter->literals->len; i++)
		making.sorted[i] = g_ptr_array_index(prefilter->literals, i);
	g_qsort_with_data(making.sorted, (gint)prefilter->literals->len, sizeof(char *), compare_literals,
	                  prefilter);
	prefilter->nodes = g_new0(struct state, max);
	make_states(prefilter, &making);
	prefilter->rows = g_new0(guint32, (gsize)MIN(prefilter->states, DENSE_MAX) * prefilter->classes);
	connect_suffixes(prefilter);
	g_free(making.sorted);
	g_free(making.from);
	g_free(making.end);
	g_free(making.depth);
}

void prefilter_find(const struct prefilter *prefilter, const char *text, guint64 *hits)
{
	const struct state *nodes = prefilter->nodes;
	guint32 state = 0;

	for (const guint8 *p = (const guint8 *)text; *p != '\0'; p++) {
		state = step(prefilter, state, prefilter->class_of[*p]);
		for (guint32 at = nodes[state].output != NO_LITERAL ? state : nodes[state].link; at != 0;
		     at = nodes[at].link)
			hits[nodes[at].output / 64] |= G_GUINT64_CONSTANT(1) << (nodes[at].output % 64);
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

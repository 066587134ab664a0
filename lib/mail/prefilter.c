// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/prefilter.h"

#include <string.h>

#define LITERAL_MIN 3 /* shorter ones are found everywhere */
#define NO_LITERAL  (-1)
#define DENSE_MAX   400 /* rows kept: the rest of them would only fill the processor's cache */

/* Making the automaton takes longer than looking for each literal in a few short texts, and a process that
 * judges one message has no more. */
#define FEW_TEXTS  8
#define SHORT_TEXT 8192

struct automaton {
	gsize is_built;
	guint8 class_of[256];
	guint classes;
	guint states;
	guint32 dense; /* states from the start on that have a row of their own */
	guint32 *rows; /* [state * classes + class] */
	struct state *nodes;
};

struct prefilter {
	GHashTable *numbers; /* literal -> number + 1 */
	GPtrArray *literals;
	struct automaton *automaton;
	gint *texts; /* looked through without it */
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
	prefilter->automaton = g_new0(struct automaton, 1);
	prefilter->texts = g_new0(gint, 1);
	return prefilter;
}

void prefilter_free(struct prefilter *prefilter)
{
	if (prefilter == NULL)
		return;
	g_hash_table_unref(prefilter->numbers);
	g_ptr_array_unref(prefilter->literals);
	g_free(prefilter->automaton->rows);
	g_free(prefilter->automaton->nodes);
	g_free(prefilter->automaton);
	g_free(prefilter->texts);
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
static gsize number_classes(struct automaton *automaton, const GPtrArray *literals)
{
	gsize total = 1;

	automaton->classes = 1;
	for (guint i = 0; i < literals->len; i++) {
		const guint8 *literal = g_ptr_array_index(literals, i);

		for (; *literal != '\0'; literal++, total++)
			if (automaton->class_of[*literal] == 0 && automaton->classes < 255)
				automaton->class_of[*literal] = (guint8)automaton->classes++;
	}
	return total;
}

/* By classes, so that bytes which share one are together. */
static int compare_literals(const void *left, const void *right, void *user)
{
	const struct automaton *automaton = user;
	const guint8 *a = *(const guint8 *const *)left, *b = *(const guint8 *const *)right;

	while (*a != '\0' && *b != '\0' && automaton->class_of[*a] == automaton->class_of[*b]) {
		a++;
		b++;
	}
	if (*a == '\0' || *b == '\0')
		return (*a != '\0') - (*b != '\0');
	return automaton->class_of[*a] - automaton->class_of[*b];
}

static guint32 step(const struct automaton *automaton, guint32 state, guint8 class)
{
	while (state >= automaton->dense) {
		const struct state *node = &automaton->nodes[state];

		for (guint32 child = node->first; child < node->first + node->count; child++)
			if (automaton->nodes[child].label == class)
				return child;
		state = node->suffix;
	}
	return automaton->rows[state * automaton->classes + class];
}

static void add_child(struct automaton *automaton, struct making *making, guint32 parent, guint8 class,
                      guint from, guint end)
{
	guint32 child = automaton->states++;

	making->from[child] = from;
	making->end[child] = end;
	making->depth[child] = making->depth[parent] + 1;
	automaton->nodes[child].label = class;
	automaton->nodes[child].output = NO_LITERAL;
	automaton->nodes[parent].count++;
}

/* The states breadth first, so that a state's longest suffix is finished before it. */
static void make_states(struct automaton *automaton, const struct prefilter *prefilter, struct making *making)
{
	automaton->states = 1;
	automaton->nodes[0].output = NO_LITERAL;
	making->end[0] = prefilter->literals->len;
	for (guint32 state = 0; state < automaton->states; state++) {
		guint depth = making->depth[state], from = making->from[state], end = making->end[state];

		automaton->nodes[state].first = automaton->states;
		for (; from < end && making->sorted[from][depth] == '\0'; from++)
			automaton->nodes[state].output = GPOINTER_TO_INT(g_hash_table_lookup(
			                                         prefilter->numbers, making->sorted[from])) -
			                                 1;
		while (from < end) {
			guint8 class = automaton->class_of[(guint8)making->sorted[from][depth]];
			guint next = from + 1;

			while (next < end &&
			       automaton->class_of[(guint8)making->sorted[next][depth]] == class)
				next++;
			add_child(automaton, making, state, class, from, next);
			from = next;
		}
	}
}

static void connect_suffixes(struct automaton *automaton)
{
	for (guint32 state = 0; state < automaton->states; state++) {
		struct state *node = &automaton->nodes[state];
		const struct state *suffix = &automaton->nodes[node->suffix];

		node->link = suffix->output != NO_LITERAL ? node->suffix : suffix->link;
		if (state == 0)
			node->link = 0;
		for (guint32 child = node->first; child < node->first + node->count; child++)
			if (state > 0)
				automaton->nodes[child].suffix = step(automaton, node->suffix,
				                                      automaton->nodes[child].label);
		if (state >= DENSE_MAX)
			continue;
		if (state > 0)
			memcpy(&automaton->rows[state * automaton->classes],
			       &automaton->rows[node->suffix * automaton->classes],
			       automaton->classes * sizeof(guint32));
		for (guint32 child = node->first; child < node->first + node->count; child++)
			automaton->rows[state * automaton->classes + automaton->nodes[child].label] = child;
		automaton->dense = state + 1;
	}
}

static void build(struct automaton *automaton, const struct prefilter *prefilter)
{
	const GPtrArray *literals = prefilter->literals;
	gsize max = number_classes(automaton, literals);
	struct making making = {g_new(const char *, literals->len + 1), g_new0(guint, max),
	                        g_new0(guint, max), g_new0(guint, max)};

	for (guint i = 0; i < literals->len; i++)
		making.sorted[i] = g_ptr_array_index(literals, i);
	g_qsort_with_data(making.sorted, (gint)literals->len, sizeof(char *), compare_literals, automaton);
	automaton->nodes = g_new0(struct state, max);
	make_states(automaton, prefilter, &making);
	automaton->rows = g_new0(guint32, (gsize)MIN(automaton->states, DENSE_MAX) * automaton->classes);
	connect_suffixes(automaton);
	g_free(making.sorted);
	g_free(making.from);
	g_free(making.end);
	g_free(making.depth);
}

static void set_hit(guint64 *hits, guint number)
{
	hits[number / 64] |= G_GUINT64_CONSTANT(1) << (number % 64);
}

static void find_each(const struct prefilter *prefilter, const char *text, guint64 *hits)
{
	for (guint i = 0; i < prefilter->literals->len; i++)
		if (strstr(text, g_ptr_array_index(prefilter->literals, i)) != NULL)
			set_hit(hits, i);
}

void prefilter_find(const struct prefilter *prefilter, const char *text, guint64 *hits)
{
	struct automaton *automaton = prefilter->automaton;
	guint32 state = 0;

	if (g_atomic_int_get(prefilter->texts) < FEW_TEXTS && strnlen(text, SHORT_TEXT) < SHORT_TEXT) {
		g_atomic_int_inc(prefilter->texts);
		find_each(prefilter, text, hits);
		return;
	}
	if (g_once_init_enter(&automaton->is_built)) {
		build(automaton, prefilter);
		g_once_init_leave(&automaton->is_built, 1);
	}
	for (const guint8 *p = (const guint8 *)text; *p != '\0'; p++) {
		state = step(automaton, state, automaton->class_of[*p]);
		for (guint32 at = automaton->nodes[state].output != NO_LITERAL ? state
		                                                               : automaton->nodes[state].link;
		     at != 0; at = automaton->nodes[at].link)
			set_hit(hits, (guint)automaton->nodes[at].output);
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

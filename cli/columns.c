// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/columns.h"

#include "cli/row_reader.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/model/address.h"

#include <string.h>

enum { SAMPLE_ROWS = 100 };

/* The first rows, as one delimiter sees them. */
struct sample {
	GPtrArray *rows; /* of GStrv */
	int counts[LIMIT_CSV_COLUMNS + 1];
};

static gboolean take_sample(const struct row *row, void *user)
{
	struct sample *sample = user;
	char **cells;

	if (row->fault != ROW_FINE)
		return TRUE;
	cells = g_new0(char *, (gsize)row->count + 1);
	for (int i = 0; i < row->count; i++)
		cells[i] = g_strndup(row->fields[i].text, row->fields[i].len);
	g_ptr_array_add(sample->rows, cells);
	sample->counts[row->count]++;
	return sample->rows->len < SAMPLE_ROWS;
}

static void read_sample(const char *bytes, gsize len, gboolean is_whole, char delimiter,
                        struct sample *sample_out)
{
	struct row_reader *reader;

	memset(sample_out, 0, sizeof(*sample_out));
	sample_out->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	reader = row_reader_new(delimiter, 1, take_sample, sample_out);
	if (row_reader_feed(reader, bytes, len) && is_whole)
		row_reader_end(reader);
	row_reader_free(reader);
}

/* How many rows agree on a number of columns above one. */
static int agreement(const struct sample *sample)
{
	int best = 0;

	for (int i = 2; i <= LIMIT_CSV_COLUMNS; i++)
		best = MAX(best, sample->counts[i]);
	return best;
}

static char find_delimiter(const char *bytes, gsize len, gboolean is_whole)
{
	static const char delimiters[] = {',', ';', '\t', '|'};
	char best = ',';
	int best_score = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(delimiters); i++) {
		struct sample sample;
		int score;

		read_sample(bytes, len, is_whole, delimiters[i], &sample);
		score = agreement(&sample);
		if (score > best_score) {
			best_score = score;
			best = delimiters[i];
		}
		g_ptr_array_unref(sample.rows);
	}
	return best;
}

const char *columns_address(const char *cell, gsize len, gsize *len_out, const char **name_out,
                            gsize *name_len_out)
{
	const char *open;

	*name_out = NULL;
	*name_len_out = 0;
	while (len > 0 && g_ascii_isspace(cell[len - 1]))
		len--;
	open = len > 0 && cell[len - 1] == '>' ? memrchr(cell, '<', len) : NULL;
	*len_out = len;
	if (open == NULL)
		return cell;
	*name_out = cell;
	*name_len_out = (gsize)(open - cell);
	while (*name_len_out > 0 && (g_ascii_isspace(**name_out) || **name_out == '"')) {
		++*name_out;
		--*name_len_out;
	}
	while (*name_len_out > 0 && strchr(" \t\"", (*name_out)[*name_len_out - 1]) != NULL)
		--*name_len_out;
	if (*name_len_out == 0)
		*name_out = NULL;
	*len_out = len - (gsize)(open + 1 - cell) - 1;
	return open + 1;
}

static gboolean is_address(const char *cell)
{
	gsize len, name_len;
	const char *name, *text = columns_address(cell, strlen(cell), &len, &name, &name_len);
	struct address address = {0};
	gboolean is_one = memchr(text, '@', len) != NULL && address_read(text, (gssize)len, &address, NULL);

	address_clear(&address);
	return is_one;
}

/* "E-Mail Adresse" and "e_mail_adresse" are the same name. Caller frees; "" when nothing is left. */
static char *plain_name(const char *cell)
{
	g_autofree char *valid = g_utf8_make_valid(cell, -1);
	g_autofree char *folded = g_utf8_strdown(valid, -1);
	g_autofree char *ascii = g_str_to_ascii(folded, "C");
	GString *name = g_string_new(NULL);

	for (const char *at = ascii; *at != '\0'; at++) {
		if (g_ascii_isalnum(*at))
			g_string_append_c(name, g_ascii_tolower(*at));
		else if (name->len > 0 && name->str[name->len - 1] != '_')
			g_string_append_c(name, '_');
	}
	while (name->len > 0 && name->str[name->len - 1] == '_')
		g_string_truncate(name, name->len - 1);
	if (name->len > 0 && g_ascii_isdigit(name->str[0]))
		g_string_prepend_c(name, '_');
	g_string_truncate(name, MIN(name->len, LIMIT_FIELD_NAME - 8));
	return g_string_free(name, FALSE);
}

/* Best first: "email" wins over "address", which may be a street. 0: is none of them. */
static int address_rank(const char *name)
{
	static const char *const names[] = {
	        "email",
	        "e_mail",
	        "email_address",
	        "e_mail_address",
	        "mail_address",
	        "emailaddress",
	        "email_adresse",
	        "e_mail_adresse",
	        "emailadresse",
	        "mailadresse",
	        "correo_electronico",
	        "correo",
	        "courriel",
	        "adresse_email",
	        "adresse_e_mail",
	        "adresse_mail",
	        "indirizzo_email",
	        "email_1",
	        "e_mail_1_value",
	        "subscriber",
	        "mail",
	        "address",
	        "adresse",
	        "member",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)(G_N_ELEMENTS(names) - i);
	return 0;
}

/* Names that people use for what {{name}}, {{first_name}} and {{last_name}} mean. */
static const char *known_attribute(const char *name)
{
	static const char *const known[][2] = {
	        {"fullname", "name"},         {"full_name", "name"},        {"display_name", "name"},
	        {"nom_complet", "name"},      {"nombre_completo", "name"},  {"firstname", "first_name"},
	        {"vorname", "first_name"},    {"given_name", "first_name"}, {"prenom", "first_name"},
	        {"nombre", "first_name"},     {"lastname", "last_name"},    {"surname", "last_name"},
	        {"family_name", "last_name"}, {"nachname", "last_name"},    {"familienname", "last_name"},
	        {"apellido", "last_name"},    {"apellidos", "last_name"},   {"nom", "last_name"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (strcmp(known[i][0], name) == 0)
			return known[i][1];
	return name;
}

/* Fields that messages fill in themselves; an attribute of that name would never be seen. */
static gboolean is_reserved(const char *name)
{
	static const char *const reserved[] = {
	        "address", "unsubscribe_url", "preferences_url", "confirm_url", "list_title",
	        "imprint", "subscribed_on",   "subscribed_by",   NULL,
	};

	return g_strv_contains(reserved, name);
}

static int count_addresses(const struct sample *sample, int column, guint from)
{
	int count = 0;

	for (guint i = from; i < sample->rows->len; i++) {
		char **cells = sample->rows->pdata[i];

		if ((int)g_strv_length(cells) > column && is_address(cells[column]))
			count++;
	}
	return count;
}

/* The column of addresses, -1 for none: by content first, and among those by name. */
static int find_address(const struct sample *sample, const struct columns *columns, gboolean by_name_only)
{
	char **head = sample->rows->pdata[0];
	guint from = columns->has_header ? 1 : 0;
	int best = -1, best_rank = 0, best_count = 0;

	for (int i = 0; i < columns->count; i++) {
		g_autofree char *name = i < (int)g_strv_length(head) ? plain_name(head[i]) : g_strdup("");
		int rank = columns->has_header ? address_rank(name) : 0;
		int count = count_addresses(sample, i, from);

		if (by_name_only ? rank == 0 : count == 0)
			continue;
		if (best < 0 || rank > best_rank || (rank == best_rank && count > best_count)) {
			best = i;
			best_rank = rank;
			best_count = count;
		}
	}
	return best;
}

static gboolean is_taken(const struct columns *columns, int until, const char *name)
{
	if (is_reserved(name))
		return TRUE;
	for (int i = 0; i < until; i++)
		if (g_strcmp0(columns->names[i], name) == 0)
			return TRUE;
	return FALSE;
}

static void name_columns(struct columns *columns, char *const *head)
{
	gboolean is_over = FALSE;

	columns->names = g_new0(char *, (gsize)columns->count + 1);
	for (int i = 0; i < columns->count; i++) {
		g_autofree char *plain = NULL;
		const char *name;

		is_over |= head[i] == NULL;
		plain = columns->has_header && !is_over ? plain_name(head[i]) : g_strdup("");
		if (i == columns->address)
			continue;
		name = known_attribute(plain);
		columns->names[i] = *name == '\0' ? g_strdup_printf("column%d", i + 1) : g_strdup(name);
		for (int n = 2; is_taken(columns, i, columns->names[i]); n++) {
			g_free(columns->names[i]);
			columns->names[i] = g_strdup_printf("%s_%d", *name == '\0' ? "column" : name, n);
		}
	}
}

static gboolean find_columns(const struct sample *sample, struct columns *columns, GError **error)
{
	char **head;
	gboolean has_address = FALSE;

	if (sample->rows->len == 0) {
		g_set_error(error, FAILURE, FAILURE_DATA, "there is no row in it");
		return FALSE;
	}
	head = sample->rows->pdata[0];
	for (char **cell = head; *cell != NULL; cell++)
		has_address |= is_address(*cell);
	columns->has_header = !has_address;
	columns->count = (int)g_strv_length(head);
	if (columns->count > LIMIT_FIELDS + 1) {
		g_set_error(error, FAILURE, FAILURE_DATA,
		            "it has %d columns; a subscriber can have %d attributes", columns->count,
		            LIMIT_FIELDS);
		return FALSE;
	}
	columns->address = find_address(sample, columns, FALSE);
	if (columns->address < 0)
		columns->address = find_address(sample, columns, TRUE);
	if (columns->address < 0) {
		g_autofree char *joined = g_strjoinv(", ", head);
		g_autofree char *safe = text_printable(joined, (gssize)MIN(strlen(joined), 200));

		g_set_error(error, FAILURE, FAILURE_DATA,
		            "no column holds e-mail addresses; its first line is: %s", safe);
		return FALSE;
	}
	name_columns(columns, head);
	return TRUE;
}

/* A first line "sep=;" is Excel's way to name the delimiter. */
static gsize read_sep_line(const char *sample, gsize len, char *delimiter_out)
{
	gsize end = 5;

	if (len < 6 || g_ascii_strncasecmp(sample, "sep=", 4) != 0 || strchr(",;\t|", sample[4]) == NULL ||
	    sample[4] == '\0')
		return 0;
	if (sample[end] == '\r')
		end++;
	if (end >= len || sample[end] != '\n')
		return 0;
	*delimiter_out = sample[4];
	return end + 1;
}

gboolean columns_find(const char *sample, gsize len, gboolean is_whole, struct columns *columns_out,
                      GError **error)
{
	struct sample rows;
	gboolean is_fine;

	memset(columns_out, 0, sizeof(*columns_out));
	columns_out->skip = read_sep_line(sample, len, &columns_out->delimiter);
	sample += columns_out->skip;
	len -= columns_out->skip;
	if (columns_out->skip == 0)
		columns_out->delimiter = find_delimiter(sample, len, is_whole);
	read_sample(sample, len, is_whole, columns_out->delimiter, &rows);
	is_fine = find_columns(&rows, columns_out, error);
	g_ptr_array_unref(rows.rows);
	return is_fine;
}

void columns_clear(struct columns *columns)
{
	for (int i = 0; columns->names != NULL && i < columns->count; i++)
		g_free(columns->names[i]);
	g_free(columns->names);
	columns->names = NULL;
}

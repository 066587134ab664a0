// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/soak/mutator.h"

#include <string.h>

enum { CHANGES_MAX = 8 };

static const char *const scraps[] = {
        "Final-Recipient: rfc822; a@b.test\n",
        "Original-Recipient: utf-8; \\x{e4}@b.test\n",
        "Action: failed\n",
        "Action: delayed\n",
        "Status: 5.1.1\n",
        "Status: 999.999.999\n",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n",
        "Reporting-MTA: dns; mx.test\n",
        "Content-Type: message/delivery-status\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
        "Content-Type: multipart/mixed; boundary=\"\"\n",
        "Content-Type: text/html; charset=utf-7\n",
        "Content-Type: text/plain; charset=iso-2022-jp\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "Content-Transfer-Encoding: x-uuencode\n",
        "Feedback-Type: abuse\n",
        "Auto-Submitted: auto-replied\n",
        "X-Failed-Recipients: a@b.test, c@d.test\n",
        "Subject: =?utf-8?B?/////w==?= =?x?q?=\n",
        "Hi. This is the qmail-send program at b.test.\n",
        "   ----- The following addresses had permanent fatal errors -----\n<a@b.test>\n",
        "<a@b.test>:\n550 5.1.1 user unknown\n",
        "--b\n",
        "--b--\n",
        "begin 644 a\n",
        "From a@b.test Sun Nov 22 08:01:01 2026\n",
        "\n\n",
        "\r",
        "\xef\xbb\xbf",
        "\xff\xfe\x00\x0a",
        "\x1b$B",
        "<@a.test,@b.test:c@d.test>",
        "\"a b\\\"c\"@d.test",
        "(((((((((((((((((((((((((((((((((((((((((",
        ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;",
        "=?=?=?=?=?=?=?=?=?=?=?=?=?=?=?=?=?=?=?=?=",
};

static gsize below(GRand *random, gsize limit)
{
	return limit < 2 ? 0 : (gsize)g_rand_int_range(random, 0, (gint32)MIN(limit, G_MAXINT32));
}

static gboolean is_one_in(GRand *random, int chance)
{
	return g_rand_int_range(random, 0, chance) == 0;
}

/* Mostly short, now and then long. */
static gsize length(GRand *random, gsize most)
{
	static const gsize sizes[] = {2, 8, 64, 512, 8192, 200000};

	gsize count = is_one_in(random, 12) ? G_N_ELEMENTS(sizes) : G_N_ELEMENTS(sizes) - 2;
	gsize len = 1 + below(random, sizes[below(random, count)]);

	return MIN(most, len);
}

static void insert(GString *message, gsize at, const char *bytes, gsize len)
{
	if (message->len + len <= MUTATOR_MAX_BYTES)
		g_string_insert_len(message, (gssize)at, bytes, (gssize)len);
}

/* The start of the line that the place is in. */
static gsize line_start(const GString *message, gsize at)
{
	while (at > 0 && message->str[at - 1] != '\n')
		at--;
	return at;
}

static gsize line_end(const GString *message, gsize at)
{
	const char *lf = memchr(message->str + at, '\n', message->len - at);

	return lf == NULL ? message->len : (gsize)(lf - message->str) + 1;
}

static void change_bytes(GString *message, const GPtrArray *pool, GRand *random)
{
	static const char special[] = "\0\t\n\r \"%().,:;<=>?@[\\]\x7f\x80\xc3\xff-_0";

	(void)pool;
	for (gsize left = length(random, 64); left > 0 && message->len > 0; left--) {
		gsize at = below(random, message->len);

		message->str[at] = is_one_in(random, 2) ? special[below(random, sizeof(special) - 1)]
		                                        : (char)g_rand_int_range(random, 0, 256);
	}
}

static void delete_range(GString *message, const GPtrArray *pool, GRand *random)
{
	gsize at = below(random, message->len);

	(void)pool;
	g_string_erase(message, (gssize)at, (gssize)length(random, message->len - at));
}

static void copy_range(GString *message, const GPtrArray *pool, GRand *random)
{
	const GString *from = is_one_in(random, 2) ? message
	                                           : g_ptr_array_index(pool, below(random, pool->len));
	gsize at = below(random, from->len);
	gsize len = length(random, from->len - at);
	g_autofree char *range = g_memdup2(from->str + at, len);

	if (range != NULL)
		insert(message, below(random, message->len), range, len);
}

static void insert_scrap(GString *message, const GPtrArray *pool, GRand *random)
{
	const char *scrap = scraps[below(random, G_N_ELEMENTS(scraps))];
	gsize at = below(random, message->len);

	(void)pool;
	insert(message, is_one_in(random, 4) ? at : line_start(message, at), scrap, strlen(scrap));
}

static void insert_run(GString *message, const GPtrArray *pool, GRand *random)
{
	static const char *const units[] = {"a",  " ",         "\n",     "\r",   "\t",   "=",       "<",
	                                    "(",  "a@b.test ", "x: y\n", "\\",   "=\n",  "--b\n",   ">",
	                                    "\"", "5.1.1 ",    "\n\n",   "&lt;", "<td>", "\xc3\xa4"};
	const char *unit = units[below(random, G_N_ELEMENTS(units))];
	gsize unit_len = strlen(unit), count = length(random, 200000 / unit_len);
	g_autoptr(GString) run = g_string_sized_new(count * unit_len);

	(void)pool;
	while (count-- > 0)
		g_string_append(run, unit);
	insert(message, below(random, message->len), run->str, run->len);
}

/* Drop a line, or repeat it, or move it. */
static void change_line(GString *message, const GPtrArray *pool, GRand *random)
{
	gsize start = line_start(message, below(random, message->len));
	gsize len = line_end(message, start) - start;
	g_autofree char *line = g_memdup2(message->str + start, len);
	gsize copies = is_one_in(random, 3) ? 0 : is_one_in(random, 20) ? length(random, 3000) : 1;
	g_autoptr(GString) all = g_string_new(NULL);

	(void)pool;
	if (line == NULL)
		return;
	for (gsize i = 0; i < copies && all->len < 400000; i++)
		g_string_append_len(all, line, (gssize)len);
	if (is_one_in(random, 2))
		g_string_erase(message, (gssize)start, (gssize)len);
	insert(message, line_start(message, below(random, message->len)), all->str, all->len);
}

/* Blank lines go, or come. */
static void change_blank_lines(GString *message, const GPtrArray *pool, GRand *random)
{
	(void)pool;
	if (is_one_in(random, 2))
		g_string_replace(message, "\n\n", "\n", (guint)length(random, 4));
	else
		g_string_replace(message, "\n", "\n\n", (guint)length(random, 64));
}

static void change_line_ends(GString *message, const GPtrArray *pool, GRand *random)
{
	static const char *const ends[] = {"\r\n", "\r", "\r\r\n", "\n\r"};

	(void)pool;
	if (message->len < MUTATOR_MAX_BYTES / 3)
		g_string_replace(message, "\n", ends[below(random, G_N_ELEMENTS(ends))], 0);
}

static void cut_off(GString *message, const GPtrArray *pool, GRand *random)
{
	(void)pool;
	g_string_truncate(message, below(random, message->len + 1));
}

/* All of it as an encoded part of another message. */
static void encode(GString *message, const GPtrArray *pool, GRand *random)
{
	g_autofree char *packed = g_base64_encode((const guchar *)message->str, MIN(message->len, 1000000));

	(void)pool;
	g_string_printf(message, "Subject: x\nContent-Type: %s\nContent-Transfer-Encoding: base64\n\n%s\n",
	                is_one_in(random, 2) ? "message/delivery-status" : "message/rfc822", packed);
}

/* Multiparts in multiparts, all with the same boundary or each with its own. */
static void nest(GString *message, const GPtrArray *pool, GRand *random)
{
	gsize depth = length(random, 512);
	gboolean is_same = is_one_in(random, 2);
	g_autoptr(GString) head = g_string_new(NULL);

	(void)pool;
	for (gsize i = 0; i < depth && message->len < MUTATOR_MAX_BYTES / 2; i++)
		g_string_append_printf(head, "Content-Type: %s; boundary=\"b%zu\"\n\n--b%zu\n",
		                       is_one_in(random, 4) ? "multipart/report" : "multipart/mixed",
		                       is_same ? 0 : i, is_same ? 0 : i);
	g_string_prepend(message, head->str);
}

static void change_case(GString *message, const GPtrArray *pool, GRand *random)
{
	gsize at = below(random, message->len), len = length(random, message->len - at);

	(void)pool;
	for (gsize i = at; i < at + len && i < message->len; i++)
		message->str[i] = g_ascii_islower(message->str[i]) ? g_ascii_toupper(message->str[i])
		                                                   : g_ascii_tolower(message->str[i]);
}

/* Wide, or in no charset at all. */
static void widen(GString *message, const GPtrArray *pool, GRand *random)
{
	g_autoptr(GString) wide = g_string_new(is_one_in(random, 2) ? "" : "\xff\xfe");

	(void)pool;
	for (gsize i = 0; i < message->len && i < 500000; i++) {
		g_string_append_c(wide, message->str[i]);
		g_string_append_c(wide, '\0');
	}
	g_string_truncate(message, 0);
	g_string_append_len(message, wide->str, (gssize)wide->len);
}

typedef void (*change)(GString *message, const GPtrArray *pool, GRand *random);

void mutator_run(GString *message, const GPtrArray *pool, GRand *random)
{
	static const change common[] = {change_bytes, delete_range, copy_range,         insert_scrap,
	                                insert_scrap, change_line,  change_blank_lines, insert_run};
	static const change rare[] = {change_line_ends, cut_off, encode, nest, change_case, widen};

	for (gsize left = 1 + below(random, CHANGES_MAX); left > 0; left--) {
		if (is_one_in(random, 6))
			rare[below(random, G_N_ELEMENTS(rare))](message, pool, random);
		else
			common[below(random, G_N_ELEMENTS(common))](message, pool, random);
	}
}

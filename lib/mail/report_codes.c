// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_text.h"

#include <string.h>

static gsize digits(const char *p, gsize max)
{
	gsize n = 0;

	while (n <= max && g_ascii_isdigit(p[n]))
		n++;
	return n;
}

/* Length of an enhanced code at p, 0 when there is none. */
static gsize status_length(const char *p)
{
	gsize subject, detail;

	if ((*p != '2' && *p != '4' && *p != '5') || p[1] != '.')
		return 0;
	subject = digits(p + 2, 3);
	if (subject == 0 || subject > 3 || p[2 + subject] != '.')
		return 0;
	detail = digits(p + 3 + subject, 3);
	if (detail == 0 || detail > 3)
		return 0;
	return 3 + subject + detail;
}

/* An address of the Internet or a version is no code. */
static gboolean stands_alone(const char *text, const char *p, gsize len)
{
	if (p > text && (g_ascii_isalnum(p[-1]) || p[-1] == '.' || p[-1] == '/' || p[-1] == '_'))
		return FALSE;
	if (p[len] == '.' && g_ascii_isdigit(p[len + 1]))
		return FALSE;
	return !g_ascii_isalnum(p[len]) && p[len] != '/' && p[len] != '_';
}

static gboolean is_reply(const char *text, const char *p)
{
	if ((*p != '4' && *p != '5') || p[1] < '0' || p[1] > '7' || !g_ascii_isdigit(p[2]) ||
	    g_ascii_isdigit(p[3]))
		return FALSE;
	if (p > text && (g_ascii_isalnum(p[-1]) || strchr(".-_/#@+=$,", p[-1]) != NULL))
		return FALSE;
	return p[3] == ' ' || p[3] == '-' || p[3] == '\0' || p[3] == ':' || p[3] == ',' || p[3] == '\'' ||
	       p[3] == '"' || p[3] == ')' || p[3] == '#' || p[3] == '\t' || p[3] == ';' || p[3] == '_' ||
	       p[3] == '>' || (p[3] == '.' && !g_ascii_isdigit(p[4]));
}

static void copy_status(const char *p, gsize len, char status_out[REPORT_STATUS_SIZE])
{
	memcpy(status_out, p, len);
	status_out[len] = '\0';
}

gboolean report_text_read_status(const char *text, char status_out[REPORT_STATUS_SIZE])
{
	gsize len;

	while (*text == ' ' || *text == '\t' || *text == '#')
		text++;
	len = status_length(text);
	if (len == 0 || g_ascii_isalnum(text[len]) || text[len] == '.')
		return FALSE;
	copy_status(text, len, status_out);
	return TRUE;
}

gboolean report_text_status(const char *text, char status_out[REPORT_STATUS_SIZE])
{
	const char *best = NULL;
	gsize best_len = 0;
	int best_rank = -1;

	for (const char *p = text; *p != '\0'; p++) {
		gsize len = status_length(p);
		int rank = 0;

		if (len == 0 || !stands_alone(text, p, len))
			continue;
		if (p > text && p[-1] == '#')
			rank = 2;
		for (gsize back = 4; back <= 6 && (gsize)(p - text) >= back; back++) {
			if (is_reply(text, p - back))
				rank = p[-(gssize)back] == *p ? 3 : 1;
		}
		copy_status(p, len, status_out);
		if (rank > 0 && report_text_status_is_vague(status_out))
			rank = 1;
		if (rank > best_rank) {
			best = p;
			best_len = len;
			best_rank = rank;
		}
		p += len - 1;
	}
	if (best == NULL)
		return FALSE;
	copy_status(best, best_len, status_out);
	return TRUE;
}

gboolean report_text_reply(const char *text, char reply_out[4])
{
	for (const char *p = text; *p != '\0'; p++) {
		if (!is_reply(text, p))
			continue;
		memcpy(reply_out, p, 3);
		reply_out[3] = '\0';
		return TRUE;
	}
	return FALSE;
}

gboolean report_text_status_is_vague(const char *status)
{
	return *status == '\0' || strcmp(status + 1, ".0.0") == 0 || strcmp(status + 1, ".5.0") == 0;
}

const char *report_text_phase(const char *text)
{
	static const struct {
		const char *words; /* lower case */
		const char *phase;
	} table[] = {
	        {"in reply to rcpt to", "rcpt"},
	        {"after rcpt to", "rcpt"},
	        {"after rcpt command", "rcpt"},
	        {"after mail command", "mail"},
	        {"after data command", "data"},
	        {"our rcpt to", "rcpt"},
	        {"rcpt to:", "rcpt"},
	        {"in reply to mail from", "mail"},
	        {"after mail from", "mail"},
	        {"our mail from", "mail"},
	        {"end of data", "data"},
	        {"in reply to data", "data"},
	        {"final data", "data"},
	        {"after data", "data"},
	        {"end-of-data", "data"},
	        {"after pipelined data", "data"},
	        {"response to data", "data"},
	        {"in reply to ehlo", "ehlo"},
	        {"in reply to helo", "ehlo"},
	        {"after helo", "ehlo"},
	        {"after ehlo", "ehlo"},
	        {"our ehlo", "ehlo"},
	        {"refused to talk to me", "conn"},
	        {"initial connection", "conn"},
	        {"while performing the helo", "ehlo"},
	        {"rcpt to", "rcpt"},
	        {"does not like recipient", "rcpt"},
	        {"sender was rejected", "mail"},
	        {"after i sent the message", "data"},
	        {"my name was rejected", "ehlo"},
	        {"greeting failed", "conn"},
	        {"smtp:rcpt", "rcpt"},
	        {"mail from:", "mail"},
	};
	g_autofree char *lower = g_ascii_strdown(text, -1);

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (strstr(lower, table[i].words) != NULL)
			return table[i].phase;
	return "";
}

/* The command that a line of a transcript opens with, or "". */
static const char *command_phase(const char *line)
{
	static const struct {
		const char *command; /* lower case */
		const char *phase;
	} table[] = {
	        {"rcpt", "rcpt"}, {"mail", "mail"}, {"data", "data"}, {"ehlo", "ehlo"}, {"helo", "ehlo"}};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_ascii_strncasecmp(line, table[i].command, 4) == 0)
			return table[i].phase;
	return "";
}

/* Words about the command, folded anywhere: "error from remote mail server after RCPT TO:<ada@example.org>:".
 */
static const char *said_phase(const char *text)
{
	static const char *const openings[] = {
	        "(in reply",     "error from remote mail", "did not like our ", "in response to ",
	        "in answer to ", "while sending ",         "SMTP command"};

	for (gsize i = 0; i < G_N_ELEMENTS(openings); i++) {
		const char *at = strstr(text, openings[i]);
		char around[80];
		const char *phase;

		if (at == NULL)
			continue;
		g_strlcpy(around, at, sizeof(around));
		g_strdelimit(around, "\n\t", ' ');
		phase = report_text_phase(around);
		/* on a line of its own below */
		if (*phase == '\0' && at[strcspn(at, "\n")] == '\n')
			phase = command_phase(at + strcspn(at, "\n") + 1);
		if (*phase != '\0')
			return phase;
	}
	return "";
}

/* What follows the mark of one side on a line: at its start, or the other one anywhere, behind a date. */
static const char *said_by(const char *line, gsize len, const char *at_start, const char *anywhere)
{
	const char *first = line + strspn(line, " \t");
	const char *mark;

	if (g_str_has_prefix(first, at_start))
		return first + strlen(at_start);
	mark = g_strstr_len(line, (gssize)len, anywhere);
	return mark != NULL ? mark + strlen(anywhere) : NULL;
}

const char *report_text_transcript_phase(const char *text)
{
	const char *phase = "", *start = text;

	while (*text != '\0') {
		gsize len = strcspn(text, "\n");
		const char *command = said_by(text, len, ">>> ", "--> ");
		const char *reply = said_by(text, len, "<<< ", "<-- ");

		if (command != NULL && *command_phase(command) != '\0')
			phase = command_phase(command);
		else if (reply != NULL && (*reply == '4' || *reply == '5') && *phase != '\0')
			return phase;
		text += len;
		if (*text == '\n')
			text++;
	}
	return said_phase(start);
}

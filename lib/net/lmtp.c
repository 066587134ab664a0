// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/lmtp.h"

#include "lib/base/limits.h"
#include "lib/net/lmtp_path.h"

#include <string.h>

/* Where we are in the conversation. While it is in the content, how far a line end or a final dot has come.
 */
enum state {
	STATE_COMMAND,
	STATE_LONG_COMMAND, /* too long: thrown away up to its end */
	STATE_LINE,         /* content, at the start of a line */
	STATE_DOT,
	STATE_DOT_CR,
	STATE_CR,
	STATE_TEXT,
	STATE_WHOLE, /* a message waits for its answer */
	STATE_OVER,
};

struct lmtp_session {
	struct lmtp_common *common;
	enum state state;
	GString *line; /* the command so far */
	gboolean is_greeted;
	gboolean has_sender;
	GPtrArray *recipients; /* of char * */
	GByteArray *content;
	gsize drained;       /* of the content, past what is kept */
	gboolean is_refused; /* there was no room for the content */
	int errors;
	struct lmtp_message message;
};

static void say(GString *out, const char *line)
{
	g_string_append(out, line);
	g_string_append(out, "\r\n");
}

static void drop_content(struct lmtp_session *session)
{
	if (session->content == NULL)
		return;
	session->common->held -= session->content->len;
	g_clear_pointer(&session->content, g_byte_array_unref);
}

static void drop_message(struct lmtp_session *session)
{
	if (session->message.raw == NULL)
		return;
	session->common->held -= g_bytes_get_size(session->message.raw);
	g_clear_pointer(&session->message.raw, g_bytes_unref);
}

static void reset(struct lmtp_session *session)
{
	drop_content(session);
	drop_message(session);
	session->has_sender = FALSE;
	session->drained = 0;
	session->is_refused = FALSE;
	g_ptr_array_set_size(session->recipients, 0);
}

struct lmtp_session *lmtp_session_new(struct lmtp_common *common, GString *out)
{
	struct lmtp_session *session = g_new0(struct lmtp_session, 1);

	session->common = common;
	session->line = g_string_new(NULL);
	session->recipients = g_ptr_array_new_with_free_func(g_free);
	g_string_append_printf(out, "220 %s LMTP carom\r\n", common->hostname);
	return session;
}

void lmtp_session_free(struct lmtp_session *session)
{
	if (session == NULL)
		return;
	reset(session);
	g_string_free(session->line, TRUE);
	g_ptr_array_unref(session->recipients);
	g_free(session);
}

void lmtp_session_close(struct lmtp_session *session, const char *words, GString *out)
{
	if (session->state == STATE_OVER)
		return;
	g_string_append_printf(out, "421 %s\r\n", words);
	reset(session);
	session->state = STATE_OVER;
}

/* A reply to what the client should not have said; who says too much of that is sent away. */
static void complain(struct lmtp_session *session, const char *line, GString *out)
{
	say(out, line);
	if (++session->errors >= LIMIT_LMTP_ERRORS)
		lmtp_session_close(session, "4.7.0 too many errors", out);
}

static void run_lhlo(struct lmtp_session *session, const char *argument, GString *out)
{
	if (*argument == '\0') {
		complain(session, "501 5.5.4 LHLO needs a name", out);
		return;
	}
	reset(session);
	session->is_greeted = TRUE;
	g_string_append_printf(out,
	                       "250-%s\r\n250-PIPELINING\r\n250-SIZE %d\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
	                       "250 ENHANCEDSTATUSCODES\r\n",
	                       session->common->hostname, LIMIT_LMTP_DRAINED);
}

static void run_mail(struct lmtp_session *session, const char *argument, GString *out)
{
	const char *parameters;
	g_autofree char *path = NULL;

	if (!session->is_greeted || session->has_sender) {
		complain(session, session->is_greeted ? "503 5.5.1 nested MAIL" : "503 5.5.1 LHLO first",
		         out);
		return;
	}
	/* what the sender is called is nothing to us: refusing a strange one would lose the mail */
	path = lmtp_path_read(argument, "FROM:", &parameters);
	if (path == NULL) {
		complain(session, "501 5.1.7 bad sender", out);
		return;
	}
	switch (lmtp_path_check_parameters(parameters)) {
	case LMTP_PARAMETER_GOOD:
		session->has_sender = TRUE;
		say(out, "250 2.1.0 sender ok");
		return;
	case LMTP_PARAMETER_UNKNOWN: complain(session, "555 5.5.4 unknown parameter", out); return;
	case LMTP_PARAMETER_WRONG: complain(session, "501 5.5.4 bad parameter", out); return;
	case LMTP_PARAMETER_SIZE: say(out, "552 5.3.4 message too big"); return;
	}
}

static void run_rcpt(struct lmtp_session *session, const char *argument, GString *out)
{
	const char *parameters;
	g_autofree char *path = NULL;

	if (!session->has_sender) {
		complain(session, "503 5.5.1 MAIL first", out);
		return;
	}
	path = lmtp_path_read(argument, "TO:", &parameters);
	if (path == NULL || *path == '\0' || strlen(path) > LIMIT_ADDRESS ||
	    !g_utf8_validate(path, -1, NULL)) {
		complain(session, "501 5.1.3 bad recipient", out);
		return;
	}
	if (parameters[strspn(parameters, " ")] != '\0') {
		complain(session, "555 5.5.4 unknown parameter", out);
		return;
	}
	if (session->recipients->len >= LIMIT_LMTP_RECIPIENTS) {
		say(out, "452 4.5.3 too many recipients");
		return;
	}
	switch (session->common->check(path, session->common->user)) {
	case LMTP_TAKE:
		g_ptr_array_add(session->recipients, g_steal_pointer(&path));
		say(out, "250 2.1.5 recipient ok");
		return;
	case LMTP_UNKNOWN: say(out, "550 5.1.1 no such recipient here"); return;
	case LMTP_LATER: say(out, "451 4.3.0 try again later"); return;
	}
}

static void run_data(struct lmtp_session *session, const char *argument, GString *out)
{
	if (*argument != '\0') {
		complain(session, "501 5.5.4 DATA stands alone", out);
		return;
	}
	/* RFC 2033 4.2: without a recipient there is no reply to give after the content */
	if (!session->has_sender || session->recipients->len == 0) {
		complain(session, "503 5.5.1 no recipients", out);
		return;
	}
	session->content = g_byte_array_new();
	session->state = STATE_LINE;
	say(out, "354 end with a dot");
}

static void run_rset(struct lmtp_session *session, const char *argument, GString *out)
{
	(void)argument;
	reset(session);
	say(out, "250 2.0.0 ok");
}

static void run_noop(struct lmtp_session *session, const char *argument, GString *out)
{
	(void)session, (void)argument;
	say(out, "250 2.0.0 ok");
}

static void run_vrfy(struct lmtp_session *session, const char *argument, GString *out)
{
	(void)session, (void)argument;
	say(out, "252 2.5.0 send it and see");
}

static void run_quit(struct lmtp_session *session, const char *argument, GString *out)
{
	(void)argument;
	say(out, "221 2.0.0 bye");
	reset(session);
	session->state = STATE_OVER;
}

static void run_helo(struct lmtp_session *session, const char *argument, GString *out)
{
	(void)argument;
	complain(session, "500 5.5.1 this is LMTP: LHLO", out);
}

static const struct {
	const char *verb;
	void (*run)(struct lmtp_session *session, const char *argument, GString *out);
} commands[] = {
        {"LHLO", run_lhlo}, {"MAIL", run_mail}, {"RCPT", run_rcpt}, {"DATA", run_data}, {"RSET", run_rset},
        {"NOOP", run_noop}, {"VRFY", run_vrfy}, {"QUIT", run_quit}, {"HELO", run_helo}, {"EHLO", run_helo},
};

static gboolean has_controls(const GString *line)
{
	for (gsize i = 0; i < line->len; i++)
		if ((guchar)line->str[i] < ' ' || line->str[i] == 0x7f)
			return TRUE;
	return FALSE;
}

static void run_command(struct lmtp_session *session, GString *out)
{
	GString *line = session->line;
	const char *argument;
	gsize verb_len;

	if (line->len > 0 && line->str[line->len - 1] == '\r')
		g_string_truncate(line, line->len - 1);
	while (line->len > 0 && line->str[line->len - 1] == ' ')
		g_string_truncate(line, line->len - 1);
	if (has_controls(line)) {
		complain(session, "500 5.5.2 control characters", out);
		return;
	}
	verb_len = strcspn(line->str, " ");
	argument = line->str + verb_len;
	argument += strspn(argument, " ");
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (verb_len == 4 && g_ascii_strncasecmp(line->str, commands[i].verb, 4) == 0) {
			commands[i].run(session, argument, out);
			return;
		}
	}
	complain(session, "500 5.5.2 unknown command", out);
}

static gsize feed_command(struct lmtp_session *session, const char *bytes, gsize len, GString *out)
{
	const char *end = memchr(bytes, '\n', len);
	gsize used = end == NULL ? len : (gsize)(end - bytes) + 1;

	if (session->state == STATE_COMMAND) {
		if (session->line->len + used > LIMIT_LMTP_LINE)
			session->state = STATE_LONG_COMMAND;
		else
			g_string_append_len(session->line, bytes, (gssize)(end == NULL ? used : used - 1));
	}
	if (end == NULL)
		return used;
	if (session->state == STATE_COMMAND) {
		run_command(session, out);
	} else {
		session->state = STATE_COMMAND;
		complain(session, "500 5.5.2 line too long", out);
	}
	g_string_truncate(session->line, 0);
	return used;
}

/* Keep some content, as far as there is room for it. */
static void keep(struct lmtp_session *session, const char *bytes, gsize len)
{
	gsize room = LIMIT_REPORT_STORED - session->content->len, taken = MIN(len, room);

	if (session->common->held + taken > LIMIT_LMTP_HELD && !session->is_refused) {
		/* many large messages at once: this one comes again, and its place is free at once */
		session->is_refused = TRUE;
		session->common->held -= session->content->len;
		g_byte_array_set_size(session->content, 0);
	}
	if (session->is_refused)
		taken = 0;
	g_byte_array_append(session->content, (const guint8 *)bytes, (guint)taken);
	session->common->held += taken;
	session->drained += len - taken;
}

static void end_content(struct lmtp_session *session)
{
	session->message.recipients = session->recipients;
	session->message.is_cut = session->drained > 0;
	session->message.answer = LMTP_LATER;
	/* what is held stays counted: it changes its hull only */
	session->message.raw = g_byte_array_free_to_bytes(g_steal_pointer(&session->content));
	session->state = STATE_WHOLE;
}

/*
 * One byte of content at a place where line ends and dots matter. A dot that begins a line is dropped, unless
 * CRLF follows: then the content ends (RFC 5321 4.5.2). Only CRLF ends a line; bare CR and LF are content.
 */
static void take_byte(struct lmtp_session *session, char byte)
{
	switch (session->state) {
	case STATE_DOT_CR:
		if (byte == '\n') {
			end_content(session);
			return;
		}
		keep(session, "\r", 1);
		break;
	case STATE_CR:
		if (byte == '\n') {
			keep(session, "\n", 1);
			session->state = STATE_LINE;
			return;
		}
		break;
	case STATE_LINE:
		if (byte == '.') {
			session->state = STATE_DOT;
			return;
		}
		break;
	case STATE_DOT:
		if (byte == '\r') {
			session->state = STATE_DOT_CR;
			return;
		}
		break;
	case STATE_TEXT:
	case STATE_COMMAND:
	case STATE_LONG_COMMAND:
	case STATE_WHOLE:
	case STATE_OVER: break;
	}
	keep(session, &byte, 1);
	session->state = byte == '\r' ? STATE_CR : STATE_TEXT;
}

static gsize feed_content(struct lmtp_session *session, const char *bytes, gsize len, GString *out)
{
	gsize used = 1;

	if (session->state == STATE_TEXT) {
		const char *end = memchr(bytes, '\r', len);

		used = end == NULL ? len : (gsize)(end - bytes);
		keep(session, bytes, used);
		if (end != NULL)
			session->state = STATE_CR, keep(session, "\r", 1), used++;
	} else {
		take_byte(session, *bytes);
	}
	if (session->state != STATE_WHOLE && session->drained > LIMIT_LMTP_DRAINED) {
		say(out, "552 5.3.4 message too big");
		reset(session);
		session->state = STATE_OVER;
	}
	if (session->state == STATE_WHOLE && session->is_refused)
		lmtp_session_answer(session, out);
	return used;
}

gsize lmtp_session_feed(struct lmtp_session *session, const void *bytes, gsize len, GString *out)
{
	const char *at = bytes;
	gsize used = 0;

	while (used < len && session->state != STATE_WHOLE && session->state != STATE_OVER) {
		if (session->state == STATE_COMMAND || session->state == STATE_LONG_COMMAND)
			used += feed_command(session, at + used, len - used, out);
		else
			used += feed_content(session, at + used, len - used, out);
	}
	return used;
}

struct lmtp_message *lmtp_session_message(struct lmtp_session *session)
{
	return session->state == STATE_WHOLE ? &session->message : NULL;
}

void lmtp_session_answer(struct lmtp_session *session, GString *out)
{
	/* one reply for each recipient, in the order of RCPT: RFC 2033 4.2 */
	for (guint i = 0; i < session->recipients->len; i++) {
		if (session->is_refused)
			say(out, "452 4.3.1 no room for it now");
		else if (session->message.answer == LMTP_TAKE)
			say(out, "250 2.0.0 kept");
		else
			say(out, "451 4.3.0 try again later");
	}
	reset(session);
	session->state = STATE_COMMAND;
}

gboolean lmtp_session_is_busy(const struct lmtp_session *session)
{
	return session->has_sender && session->state != STATE_OVER;
}

gboolean lmtp_session_is_over(const struct lmtp_session *session)
{
	return session->state == STATE_OVER;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_track.h"

#include <string.h>

#define MINUTE_MS (60 * 1000)

static const char *const phase_names[] = {"mail", "rcpt", "data", "data"};

/* RFC 5321 4.5.3.2 */
static const int phase_timeouts_ms[] = {5 * MINUTE_MS, 5 * MINUTE_MS, 2 * MINUTE_MS, 10 * MINUTE_MS,
                                        5 * MINUTE_MS};

void relay_track_init(struct relay_track *track, int reply_timeout_ms)
{
	memset(track, 0, sizeof(*track));
	track->reply_timeout_ms = reply_timeout_ms;
	reply_reader_init(&track->reader);
}

void relay_track_begin(struct relay_track *track)
{
	for (gsize i = 0; i < G_N_ELEMENTS(track->answers); i++)
		g_free(track->answers[i].text);
	memset(track->answers, 0, sizeof(track->answers));
	track->is_fed = track->is_cut = FALSE;
}

void relay_track_clear(struct relay_track *track)
{
	relay_track_begin(track);
	reply_reader_clear(&track->reader);
}

/* ---- commands ---- */

static enum relay_phase phase_of(const char *line, gsize len)
{
	static const struct {
		const char *word;
		enum relay_phase phase;
	} words[] = {{"MAIL", PHASE_MAIL}, {"RCPT", PHASE_RCPT}, {"DATA", PHASE_DATA}, {".", PHASE_FINAL}};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (len >= strlen(words[i].word) && strncmp(line, words[i].word, strlen(words[i].word)) == 0)
			return words[i].phase;
	return PHASE_OTHER;
}

static gboolean expect(struct relay_track *track, enum relay_phase phase)
{
	if (track->outstanding_count == 0)
		track->asked_at = g_get_monotonic_time();
	if (track->outstanding_count == TRACK_OUTSTANDING)
		return FALSE;
	track->outstanding[track->outstanding_count++] = phase;
	return TRUE;
}

char *relay_track_write(struct relay_track *track, const char *bytes, gsize len)
{
	/* libESMTP has given up on a reply, and what comes for this command would be taken for the rest of
	 * that. */
	if (track->outstanding_count > 0 || reply_reader_is_inside(&track->reader))
		return g_strdup("no whole reply in time");
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		gsize line_len = end == NULL ? len : (gsize)(end - bytes) + 1;

		if (!track->is_mid_line && !expect(track, phase_of(bytes, line_len)))
			return g_strdup("too many commands without reply");
		track->is_mid_line = end == NULL;
		bytes += line_len;
		len -= line_len;
	}
	return NULL;
}

void relay_track_write_body(struct relay_track *track)
{
	track->outstanding_count = 0;
	(void)expect(track, PHASE_FINAL);
}

/* ---- replies ---- */

static char *take_reply(struct relay_track *track, enum relay_phase *phase_out)
{
	const struct reply_reader *reader = &track->reader;
	g_autofree char *text = reply_reader_text(reader);
	char *problem = NULL;

	if (reader->code == 421)
		problem = g_strdup_printf("the relay closes the session: 421 %s", text);
	if (track->outstanding_count == 0)
		return problem != NULL ? problem : g_strdup("the relay answers what was not asked");
	*phase_out = track->outstanding[0];
	track->outstanding_count--;
	memmove(track->outstanding, track->outstanding + 1,
	        track->outstanding_count * sizeof(track->outstanding[0]));
	track->asked_at = g_get_monotonic_time();
	if (*phase_out != PHASE_OTHER) {
		struct relay_answer *answer = &track->answers[*phase_out];

		g_free(answer->text);
		answer->code = reader->code;
		g_strlcpy(answer->status, reader->status, sizeof(answer->status));
		answer->text = g_steal_pointer(&text);
	}
	if (problem == NULL && reader->is_odd)
		problem = g_strdup("a reply too long or without text");
	return problem;
}

static gboolean is_too_slow(const struct relay_track *track)
{
	enum relay_phase phase = track->outstanding_count == 0 ? PHASE_OTHER : track->outstanding[0];
	int timeout_ms = track->reply_timeout_ms > 0 ? track->reply_timeout_ms : phase_timeouts_ms[phase];

	return g_get_monotonic_time() - track->asked_at > (gint64)timeout_ms * 1000;
}

char *relay_track_read(struct relay_track *track, const char *bytes, gsize len, gsize *used_out,
                       enum relay_phase *phase_out)
{
	*phase_out = PHASE_OTHER;
	switch (reply_reader_feed(&track->reader, bytes, len, used_out)) {
	case REPLY_COMPLETE: return take_reply(track, phase_out);
	case REPLY_BROKEN: return g_strdup("what the relay says is not SMTP");
	case REPLY_PARTIAL: return is_too_slow(track) ? g_strdup("no whole reply in time") : NULL;
	}
	return NULL;
}

/* ---- judging ---- */

int relay_track_code(const struct relay_track *track, enum relay_phase phase)
{
	return phase == PHASE_OTHER ? 0 : track->answers[phase].code;
}

static enum relay_outcome judge_final(const struct relay_track *track)
{
	int code = track->answers[PHASE_FINAL].code;

	/* 421 here, too: it says that the message was not taken. */
	if (code >= 400)
		return RELAY_REFUSED;
	if (!track->is_fed)
		return RELAY_NOT_TRIED;
	if (code / 100 == 2)
		return RELAY_ACCEPTED;
	return track->is_cut ? RELAY_NOT_TRIED : RELAY_AMBIGUOUS;
}

/* The first phase that did not go well decides: behind a refused RCPT, DATA is refused only for its sake. */
static enum relay_outcome judge(const struct relay_track *track, enum relay_phase *phase_out)
{
	for (enum relay_phase phase = PHASE_MAIL; phase < PHASE_FINAL; phase++) {
		int code = track->answers[phase].code;

		*phase_out = phase;
		if (code == 421 || code < 200)
			return RELAY_NOT_TRIED;
		if (code >= 400)
			return RELAY_REFUSED;
		if (code / 100 != (phase == PHASE_DATA ? 3 : 2))
			return RELAY_NOT_TRIED;
	}
	*phase_out = PHASE_FINAL;
	return judge_final(track);
}

void relay_track_judge(const struct relay_track *track, struct relay_result *result_out)
{
	const struct relay_answer *answer;
	enum relay_phase phase;

	memset(result_out, 0, sizeof(*result_out));
	result_out->outcome = judge(track, &phase);
	answer = &track->answers[phase];
	result_out->code = answer->code;
	g_strlcpy(result_out->status, answer->status, sizeof(result_out->status));
	result_out->phase = phase_names[phase];
	result_out->text = answer->text;
}

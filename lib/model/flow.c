// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/flow.h"

#include <string.h>

enum { DAY_S = 86400, FORMAT = 1 };

void flow_init(struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	breaker_init(&flow->breaker);
}

enum flow_result flow_result_of(const struct verdict *verdict)
{
	if (verdict->reason == REASON_AUTHFAILURE || verdict->reason == REASON_REQUIREPTR)
		return verdict->kind == KIND_HARD ? FLOW_IDENTITY : FLOW_SLOWER;
	switch (verdict->blame) {
	case BLAME_REPUTATION: return verdict->kind == KIND_HARD ? FLOW_REFUSED : FLOW_SLOWER;
	case BLAME_NETWORK: return FLOW_DELAYED;
	case BLAME_NONE:
	case BLAME_RECIPIENT:
	case BLAME_CONTENT:
	case BLAME_SENDER: break;
	}
	return verdict->kind == KIND_DELAYED ? FLOW_DELAYED : FLOW_OTHER;
}

static void count_day(struct warmup *warmup, enum flow_result result, gint64 now)
{
	warmup_roll(warmup, now / DAY_S);
	switch (result) {
	case FLOW_TAKEN: warmup->taken++; break;
	case FLOW_DELAYED:
	case FLOW_SLOWER: warmup->delayed++; break;
	case FLOW_OTHER:
	case FLOW_REFUSED:
	case FLOW_IDENTITY: warmup->refused++; break;
	}
}

gboolean flow_take(struct flow *flow, const struct flow_note *note, double most, gint64 now)
{
	enum breaker_state before = flow->breaker.state;
	gboolean is_incident = adapt_result(&flow->adapt, note->result, note->started_at, most, now);
	gboolean is_opened = breaker_result(&flow->breaker, note->result, is_incident, note->rule, note->text,
	                                    note->started_at, now);

	if (before != BREAKER_CLOSED && flow->breaker.state == BREAKER_CLOSED)
		adapt_resume(&flow->adapt, now);
	count_day(&flow->warmup, note->result, now);
	flow->warmup.was_open = flow->warmup.was_open || is_opened;
	flow->used_at = now;
	return is_opened;
}

static void put(GString *out, gint64 number)
{
	g_string_append_printf(out, " %" G_GINT64_FORMAT, number);
}

char *flow_write(const struct flow *flow)
{
	const struct adapt *adapt = &flow->adapt;
	const struct breaker *breaker = &flow->breaker;
	const struct warmup *warmup = &flow->warmup;
	const gint64 numbers[] = {
	        flow->used_at,    (gint64)adapt->rate, (gint64)adapt->ceiling, adapt->cut_at,
	        adapt->window_at, adapt->window_all,   adapt->window_delayed,  adapt->cell_at,
	        breaker->state,   breaker->trigger,    breaker->level,         breaker->since,
	        breaker->until,   breaker->successes,  breaker->last,          breaker->last_count,
	        warmup->stage,    warmup->day,         warmup->taken,          warmup->delayed,
	        warmup->refused,  warmup->complaints,  warmup->was_open,
	};
	GString *out = g_string_new(G_STRINGIFY(1));

	G_STATIC_ASSERT(FORMAT == 1);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		put(out, numbers[i]);
	for (int i = 0; i < ADAPT_CELLS; i++)
		put(out, adapt->cells[i]);
	for (int i = 0; i < BREAKER_EVENTS; i++) {
		put(out, breaker->events[i].at);
		put(out, breaker->events[i].trigger);
	}
	return g_string_free(out, FALSE);
}

struct reader {
	const char *at;
	gboolean is_bad;
};

static gint64 take(struct reader *reader, gint64 least, gint64 most)
{
	char *end;
	gint64 number = g_ascii_strtoll(reader->at, &end, 10);

	if (end == reader->at || number < least || number > most)
		reader->is_bad = TRUE;
	reader->at = end;
	return reader->is_bad ? 0 : number;
}

#define TIME_MAX   (G_MAXINT64 / 4)
#define NUMBER_MAX (G_MAXINT / 4)

static void read_adapt(struct reader *reader, struct adapt *adapt)
{
	adapt->rate = (double)take(reader, 0, NUMBER_MAX);
	adapt->ceiling = (double)take(reader, 0, NUMBER_MAX);
	adapt->cut_at = take(reader, 0, TIME_MAX);
	adapt->window_at = take(reader, 0, TIME_MAX);
	adapt->window_all = (int)take(reader, 0, NUMBER_MAX);
	adapt->window_delayed = (int)take(reader, 0, NUMBER_MAX);
	adapt->cell_at = take(reader, 0, TIME_MAX);
}

static void read_breaker(struct reader *reader, struct breaker *breaker)
{
	breaker->state = (enum breaker_state)take(reader, BREAKER_CLOSED, BREAKER_HALF_OPEN);
	breaker->trigger = (int)take(reader, -1, NUMBER_MAX);
	breaker->level = (int)take(reader, 0, 64);
	breaker->since = take(reader, 0, TIME_MAX);
	breaker->until = take(reader, 0, TIME_MAX);
	breaker->successes = (int)take(reader, 0, NUMBER_MAX);
	breaker->last = (guint32)take(reader, 0, (1 << BREAKER_LAST) - 1);
	breaker->last_count = (int)take(reader, 0, BREAKER_LAST);
}

static void read_warmup(struct reader *reader, struct warmup *warmup)
{
	warmup->stage = (int)take(reader, 0, 1000);
	warmup->day = take(reader, 0, TIME_MAX);
	warmup->taken = (int)take(reader, 0, NUMBER_MAX);
	warmup->delayed = (int)take(reader, 0, NUMBER_MAX);
	warmup->refused = (int)take(reader, 0, NUMBER_MAX);
	warmup->complaints = (int)take(reader, 0, NUMBER_MAX);
	warmup->was_open = (gboolean)take(reader, 0, 1);
}

gboolean flow_read(struct flow *flow, const char *text)
{
	struct reader reader = {text, FALSE};

	flow_init(flow);
	(void)take(&reader, FORMAT, FORMAT);
	flow->used_at = take(&reader, 0, TIME_MAX);
	read_adapt(&reader, &flow->adapt);
	read_breaker(&reader, &flow->breaker);
	read_warmup(&reader, &flow->warmup);
	for (int i = 0; i < ADAPT_CELLS; i++)
		flow->adapt.cells[i] = (int)take(&reader, 0, NUMBER_MAX);
	for (int i = 0; i < BREAKER_EVENTS; i++) {
		flow->breaker.events[i].at = take(&reader, 0, TIME_MAX);
		flow->breaker.events[i].trigger = (int)take(&reader, -1, NUMBER_MAX);
	}
	if (breaker_trigger_name(flow->breaker.trigger)[0] == '\0' && flow->breaker.state != BREAKER_CLOSED)
		reader.is_bad = TRUE;
	if (reader.is_bad || *reader.at != '\0')
		flow_init(flow);
	return !reader.is_bad && *reader.at == '\0';
}

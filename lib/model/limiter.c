// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/limiter.h"

#include <string.h>

enum {
	CELLS = 200, /* of a window */
	RING = 512, /* cells kept: a window, what is charged ahead, and room for a clock that runs differently
	             */
	FORMAT = 1, /* of the saved state */
	PAIRS_MAX = RING,
};

#define SECOND_US G_GINT64_CONSTANT(1000000)
#define LATEST_US (SECOND_US / 10) /* from what is allowed to what the far side sees, as a rule */
#define AHEAD_US  (10 * SECOND_US) /* nothing is charged further ahead */
#define CREDIT_US (10 * SECOND_US)

struct ring {
	struct limiter_rate limit;
	gint64 cell_us;
	gint64 head; /* number of the newest cell that may be other than 0 */
	guint32 cells[RING];
};

struct limiter {
	struct ring *rings;
	gsize n;
	gint64 gap_us;    /* of the shortest window, 0: no limit */
	gint64 credit_us; /* how far behind the spreading may be */
	gint64 next_us;   /* when the spread start after the last one is due */
};

static gint64 window_us(const struct limiter_rate *limit)
{
	return limit->window_s * SECOND_US;
}

struct limiter *limiter_new(const struct limiter_rate *limits, gsize n)
{
	struct limiter *limiter = g_new0(struct limiter, 1);
	gint64 shortest_us = G_MAXINT64;

	limiter->n = n;
	limiter->rings = g_new0(struct ring, n);
	for (gsize i = 0; i < n; i++) {
		gint64 window = window_us(&limits[i]), gap = window / limits[i].count;

		limiter->rings[i].limit = limits[i];
		limiter->rings[i].cell_us = window / CELLS;
		if (window < shortest_us || (window == shortest_us && gap > limiter->gap_us)) {
			shortest_us = window;
			limiter->gap_us = MAX(gap, 1);
			limiter->credit_us = MIN(window, CREDIT_US);
		}
	}
	return limiter;
}

void limiter_free(struct limiter *limiter)
{
	if (limiter == NULL)
		return;
	g_free(limiter->rings);
	g_free(limiter);
}

static guint32 *cell_at(struct ring *ring, gint64 number)
{
	return &ring->cells[(guint64)number % RING];
}

static guint32 cell_of(const struct ring *ring, gint64 number)
{
	return number > ring->head || number <= ring->head - RING ? 0 : ring->cells[(guint64)number % RING];
}

/* Make number the head, if it is newer. */
static void advance(struct ring *ring, gint64 number)
{
	if (number - ring->head >= RING) {
		memset(ring->cells, 0, sizeof(ring->cells));
		ring->head = number;
	}
	while (ring->head < number)
		*cell_at(ring, ++ring->head) = 0;
}

/* By how many cells the state lies ahead of what can be. */
static gint64 excess(const struct ring *ring, gint64 now_us)
{
	return MAX(ring->head - (now_us + AHEAD_US) / ring->cell_us - 1, 0);
}

/* The first cell whose starts may lie in one window with a start at now_us: a cell more than the window has,
 * since those of a cell lie anywhere in it, and one to be sure. */
static gint64 first_counted(const struct ring *ring, gint64 now_us)
{
	return now_us / ring->cell_us - CELLS - 1;
}

static gint64 count_from(const struct ring *ring, gint64 first)
{
	gint64 sum = 0;

	for (gint64 number = MAX(first, ring->head - RING + 1); number <= ring->head; number++)
		sum += cell_of(ring, number);
	return sum;
}

/* When the ring lets one more start, at or after now_us. */
static gint64 free_at(const struct ring *ring, gint64 now_us)
{
	gint64 shift = excess(ring, now_us);
	gint64 first = first_counted(ring, now_us) + shift, at = MAX(first, ring->head - RING + 1);
	gint64 sum = count_from(ring, first);

	if (sum < ring->limit.count)
		return now_us;
	for (; at <= ring->head && sum >= ring->limit.count; at++)
		sum -= cell_of(ring, at);
	/* cells before at must be out of count: now / cell - CELLS - 1 >= at */
	return MAX(now_us + 1, (at - shift + CELLS + 1) * ring->cell_us);
}

static gint64 spread_at(const struct limiter *limiter, gint64 now_us)
{
	/* a state from a clock that is gone must not stop us for ever */
	gint64 next = MIN(limiter->next_us, now_us + AHEAD_US + 2 * limiter->gap_us);

	return limiter->gap_us == 0 ? now_us : MAX(next, now_us);
}

gint64 limiter_wait(const struct limiter *limiter, gint64 now_us, gsize *binding_out)
{
	gint64 latest = spread_at(limiter, now_us);
	gsize binding = limiter->n;

	for (gsize i = 0; i < limiter->n; i++) {
		gint64 at = free_at(&limiter->rings[i], now_us);

		if (at > latest) {
			latest = at;
			binding = i;
		}
	}
	if (binding_out != NULL)
		*binding_out = binding;
	return latest - now_us;
}

static void move_back(struct ring *ring, gint64 now_us)
{
	gint64 shift = excess(ring, now_us);
	struct ring moved = *ring;

	if (shift == 0)
		return;
	memset(moved.cells, 0, sizeof(moved.cells));
	moved.head = ring->head - shift;
	for (gint64 number = ring->head - RING + 1; number <= ring->head; number++)
		*cell_at(&moved, number - shift) = cell_of(ring, number);
	*ring = moved;
}

static void charge(struct ring *ring, gint64 at_us)
{
	gint64 number = at_us / ring->cell_us;

	advance(ring, number);
	if (number > ring->head - RING)
		(*cell_at(ring, number))++;
}

gint64 limiter_latest(gint64 now_us)
{
	return now_us + LATEST_US;
}

void limiter_spend(struct limiter *limiter, gint64 now_us, double random01)
{
	/* a chance that cannot be made up for would cost throughput */
	gint64 spread = MIN(limiter->gap_us, limiter->credit_us / 4);
	gint64 gap = limiter->gap_us + (gint64)((double)spread * (CLAMP(random01, 0.0, 1.0) - 0.5));

	for (gsize i = 0; i < limiter->n; i++) {
		move_back(&limiter->rings[i], now_us);
		charge(&limiter->rings[i], limiter_latest(now_us));
	}
	limiter->next_us = CLAMP(limiter->next_us, now_us - limiter->credit_us, now_us + AHEAD_US) + gap;
}

gint64 limiter_settle(struct limiter *limiter, gint64 spent_us, gint64 end_us)
{
	for (gsize i = 0; i < limiter->n; i++) {
		struct ring *ring = &limiter->rings[i];
		gint64 from = limiter_latest(spent_us) / ring->cell_us;

		/* a slot that was moved back with a clock is left where it is */
		if (cell_of(ring, from) == 0 || from == end_us / ring->cell_us)
			continue;
		(*cell_at(ring, from))--;
		charge(ring, end_us);
	}
	return end_us - LATEST_US;
}

gint64 limiter_used(const struct limiter *limiter, gsize i, gint64 now_us)
{
	const struct ring *ring = &limiter->rings[i];

	return count_from(ring, now_us / ring->cell_us - CELLS + excess(ring, now_us));
}

static void put(GByteArray *out, guint64 value)
{
	do {
		guint8 byte = (guint8)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);

		g_byte_array_append(out, &byte, 1);
		value >>= 7;
	} while (value != 0);
}

struct input {
	const guint8 *at;
	const guint8 *end;
	gboolean is_bad;
};

static guint64 take(struct input *input)
{
	guint64 value = 0;

	for (int shift = 0; shift < 63 && input->at < input->end; shift += 7) {
		guint8 byte = *input->at++;

		value |= (guint64)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	input->is_bad = TRUE;
	return 0;
}

/* Windows that nothing is spent in take three numbers; the others two for each cell that is not 0. */
GBytes *limiter_save(const struct limiter *limiter)
{
	GByteArray *out = g_byte_array_new();

	put(out, FORMAT);
	put(out, (guint64)MAX(limiter->next_us, 0));
	for (gsize i = 0; i < limiter->n; i++) {
		const struct ring *ring = &limiter->rings[i];
		gint64 first = MAX(ring->head - RING + 1, 0), last = first;
		guint pairs = 0;

		for (gint64 number = first; number <= ring->head; number++)
			pairs += cell_of(ring, number) > 0;
		put(out, (guint64)ring->limit.window_s);
		put(out, pairs);
		put(out, (guint64)first);
		for (gint64 number = first; number <= ring->head; number++) {
			if (cell_of(ring, number) == 0)
				continue;
			put(out, (guint64)(number - last));
			put(out, cell_of(ring, number));
			last = number;
		}
	}
	return g_byte_array_free_to_bytes(out);
}

static void load_ring(struct limiter *limiter, struct input *input)
{
	guint64 window_s = take(input), pairs = take(input), first = take(input), number = first;

	if (pairs > PAIRS_MAX || first > G_MAXINT64 / 2)
		input->is_bad = TRUE;
	for (guint64 i = 0; i < pairs && !input->is_bad; i++) {
		guint64 step = take(input), count = take(input);

		if (step >= RING || count > G_MAXUINT32 || number - first + step >= RING)
			input->is_bad = TRUE;
		if (input->is_bad)
			return;
		number += step;
		for (gsize k = 0; k < limiter->n; k++) {
			if ((guint64)limiter->rings[k].limit.window_s != window_s)
				continue;
			advance(&limiter->rings[k], (gint64)number);
			*cell_at(&limiter->rings[k], (gint64)number) = (guint32)count;
		}
	}
}

static void clear(struct limiter *limiter)
{
	limiter->next_us = 0;
	for (gsize i = 0; i < limiter->n; i++) {
		limiter->rings[i].head = 0;
		memset(limiter->rings[i].cells, 0, sizeof(limiter->rings[i].cells));
	}
}

gboolean limiter_load(struct limiter *limiter, const guint8 *bytes, gsize len)
{
	struct input input = {bytes, bytes + len, FALSE};
	guint64 next_us;

	clear(limiter);
	if (len == 0)
		return TRUE;
	if (take(&input) != FORMAT)
		input.is_bad = TRUE;
	next_us = take(&input);
	limiter->next_us = (gint64)MIN(next_us, (guint64)G_MAXINT64 / 2);
	while (!input.is_bad && input.at < input.end)
		load_ring(limiter, &input);
	if (input.is_bad)
		clear(limiter);
	return !input.is_bad;
}

double limiter_long_rate(const struct limiter_rate *limits, gsize n)
{
	double rate = 0;

	for (gsize i = 0; i < n; i++) {
		double own = (double)limits[i].count / (double)limits[i].window_s;

		rate = i == 0 ? own : MIN(rate, own);
	}
	return rate;
}

static const struct limiter_rate *longest_below(const struct limiter_rate *limits, gsize n, gint64 window_s)
{
	const struct limiter_rate *longest = NULL;

	for (gsize i = 0; i < n; i++)
		if (limits[i].window_s < window_s &&
		    (longest == NULL || limits[i].window_s > longest->window_s ||
		     (limits[i].window_s == longest->window_s && limits[i].count < longest->count)))
			longest = &limits[i];
	return longest;
}

double limiter_seconds(const struct limiter_rate *limits, gsize n, gint64 count)
{
	const struct limiter_rate *limit = longest_below(limits, n, G_MAXINT64);
	double seconds = 0;
	gint64 left = MAX(count - 1, 0);

	/* a long window is full some times over, what is left goes as fast as the shorter ones allow */
	while (limit != NULL) {
		const struct limiter_rate *shorter = longest_below(limits, n, limit->window_s);
		gint64 full;

		if (shorter == NULL)
			return seconds + (double)left * (double)limit->window_s / (double)limit->count;
		full = left / limit->count;
		seconds += (double)full * (double)limit->window_s * (1 + 1.0 / CELLS);
		left %= limit->count;
		limit = shorter;
	}
	return seconds;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_FLOW_H
#define MODEL_FLOW_H

#include <glib.h>

#include "lib/model/adapt.h"
#include "lib/model/breaker.h"
#include "lib/model/verdict.h"
#include "lib/model/warmup.h"

/* One way of mail: from a relay to a provider, for a domain in From; and what was learned of it. All zero but for
 * flow_init(): nothing yet. Times are Unix seconds. */
struct flow {
	struct adapt adapt;
	struct breaker breaker;
	struct warmup warmup;
	gint64 used_at; /* of the last result */
};

void flow_init(struct flow *flow);

/* What a flow is to make of a verdict. A bounce that blames the recipient says nothing of our pace. */
enum flow_result flow_result_of(const struct verdict *verdict);

struct flow_note {
	enum flow_result result;
	const char *rule; /* or NULL */
	const char *text; /* the far side's words, or NULL */
	gint64 started_at;
};

/* A result came. most: messages an hour from elsewhere, or 0. TRUE: the breaker opened just now. */
gboolean flow_take(struct flow *flow, const struct flow_note *note, double most, gint64 now);

/* One line of text for the database, and back. What cannot be read leaves a flow without history, and FALSE. */
char *flow_write(const struct flow *flow);
gboolean flow_read(struct flow *flow, const char *text);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_LOOK_UP_H
#define BOUNCED_LOOK_UP_H

#include <glib.h>

#include "lib/action/context.h"

/* The resolver that timed work asks whether a domain is there: [dns] server, or that of the system. */

/* Give it to the context. Opened when it is first asked. */
void look_up_open(struct context *context);
void look_up_close(struct context *context);

#endif

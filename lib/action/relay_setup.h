// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_RELAY_SETUP_H
#define ACTION_RELAY_SETUP_H

#include "lib/net/relay.h"
#include "lib/run/settings.h"

/* How to reach a relay of the settings, which it borrows. */
struct relay_config relay_setup(const struct settings *settings, const struct settings_relay *relay);

/* The relay of that name; FAILURE_NOINPUT when there is none, naming those that are. */
const struct settings_relay *relay_setup_find(const struct settings *settings, const char *name, GError **error);

#endif

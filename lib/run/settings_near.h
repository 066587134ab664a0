// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_NEAR_H
#define RUN_SETTINGS_NEAR_H

#include "lib/run/settings_table.h"

/* What somebody may have meant who wrote a name that does not exist. Inside lib/run only. */

/* "; did you mean host?", "; it belongs to [send]", or "" when nothing is near. Caller frees. */
char *settings_near_key(enum section_kind section, const char *name);
char *settings_near_section(const char *name);

#endif

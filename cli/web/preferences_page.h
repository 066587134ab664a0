// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_PREFERENCES_PAGE_H
#define CLI_WEB_PREFERENCES_PAGE_H

#include "lib/action/preferences.h"

/*
 * Append the page with all lists of an address, each with its state and, where it can be left, the link to its own page.
 * base_path: what stands before "/u/TOKEN". In German when all the lists are, else in English.
 */
void preferences_page_write(GString *out, const struct preferences *preferences, const char *base_path);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_BOUNCE_ROW_H
#define STORE_BOUNCE_ROW_H

#include <sqlite3.h>

#include "lib/store/store_bounce.h"

/* Inside lib/store only: a row of BOUNCE_COLUMNS. */
struct bounce *bounce_row_read(sqlite3_stmt *row);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/mail_init.h"

#include <gmime/gmime.h>

void mail_init(void)
{
	static gsize is_done;

	if (g_once_init_enter(&is_done)) {
		g_mime_init();
		g_once_init_leave(&is_done, 1);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report.h"

#include <gmime/gmime.h>

void mail_init(void)
{
	g_mime_init();
}

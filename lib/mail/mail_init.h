// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_INIT_H
#define MAIL_INIT_H

/* GMime's own initialisation, once per process, from any thread. Whatever uses GMime in this room calls it itself. */
void mail_init(void);

#endif

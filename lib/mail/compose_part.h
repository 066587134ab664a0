// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_COMPOSE_PART_H
#define MAIL_COMPOSE_PART_H

#include "lib/mail/mime_auto.h"

/* What is in a leaf of a message that a user wrote. */

/* Its bytes without the transfer encoding. */
GBytes *compose_part_decode(GMimePart *part);

/* Its text as UTF-8 with LF, paragraphs whole when it was flowed (RFC 3676). FAILURE_DATA when it is not in its
 * charset, or holds NUL. Caller frees. */
char *compose_part_text(GMimePart *part, GError **error);

#endif

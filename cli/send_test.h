// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_SEND_TEST_H
#define CLI_SEND_TEST_H

#include "cli/call.h"
#include "lib/mail/compose.h"
#include "lib/store/store_list.h"

/* `send --test ADDRESS...`: the message as it will be, to a few addresses of our own. What is objected to in its content is
 * told, and goes all the same: to see it is what a test is for. */
gboolean send_test(struct call *call, const struct list *list, const struct compose_content *content, GError **error);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/session.h"

static gboolean run(struct call *call, GError **error)
{
	struct session session = {
	        .config = call->config, .format = printer_format(call->out), .is_quiet = call->is_quiet};

	(void)error;
	call->status = shell_run(&session);
	return TRUE;
}

const struct command command_shell = {
        .name = "shell",
        .usage = "",
        .summary = "Take commands line by line, with history and completion",
        .needs = NEEDS_NOTHING,
        .run = run,
};

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/base/secrets.h"

static gboolean run(struct call *call, GError **error)
{
	guint8 id;

	if (!secrets_rotate(call->settings->secrets, &id, error))
		return FALSE;
	printer_text(call->out, "secrets", call->settings->secrets);
	printer_integer(call->out, "key", id);
	call_say(call, "New links are signed with this key; old ones still work. Programs that run use it "
	               "after a restart.");
	return TRUE;
}

const struct command command_keys_rotate = {
        .name = "keys rotate",
        .usage = "",
        .summary = "Sign new links and bounce addresses with a fresh key",
        .needs = NEEDS_PATHS,
        .run = run,
};

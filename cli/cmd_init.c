// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/base/failure.h"
#include "lib/base/secrets.h"
#include "lib/store/migrate.h"

enum { WAIT_S = 30 };

static void print_result(struct call *call, const struct migrate_result *result)
{
	printer_text(call->out, "database", call->settings->database);
	printer_integer(call->out, "schema_version", result->to);
	printer_text(call->out, "done",
	             result->from == 0            ? "made"
	             : result->from == result->to ? "nothing"
	                                          : "migrated");
	if (result->from != 0 && result->from != result->to)
		printer_integer(call->out, "from_version", result->from);
	if (result->backup != NULL)
		printer_text(call->out, "backup", result->backup);
}

static gboolean check_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_file_test(folder, G_FILE_TEST_IS_DIR))
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_NOINPUT,
	            "there is no folder %s; make it and give it to the user that listd and bounced run as "
	            "(install -d -o carom -g carom -m 750 %s)",
	            folder, folder);
	return FALSE;
}

static gboolean run_init(struct call *call, GError **error)
{
	struct migrate_result result = {0};
	gboolean had_secrets = g_file_test(call->settings->secrets, G_FILE_TEST_IS_DIR);

	if (!check_folder(call->settings->database, error) || !check_folder(call->settings->secrets, error) ||
	    !migrate_run(call->settings->database, TRUE, WAIT_S, &result, error))
		return FALSE;
	if (secrets_create(call->settings->secrets, error)) {
		print_result(call, &result);
		printer_text(call->out, "secrets", call->settings->secrets);
		printer_text(call->out, "configuration", call->settings->file);
		if (!had_secrets)
			call_say(call,
			         "Keep a copy of %s: links in mail that was sent work only with these keys.",
			         call->settings->secrets);
		migrate_result_clear(&result);
		return TRUE;
	}
	migrate_result_clear(&result);
	return FALSE;
}

const struct command command_init = {
        .name = "init",
        .usage = "",
        .summary = "Make the database and the keys; what is there stays",
        .needs = NEEDS_PATHS,
        .run = run_init,
};

static gboolean run_migrate(struct call *call, GError **error)
{
	struct migrate_result result = {0};

	if (!migrate_run(call->settings->database, FALSE, WAIT_S, &result, error))
		return FALSE;
	print_result(call, &result);
	migrate_result_clear(&result);
	return TRUE;
}

const struct command command_migrate = {
        .name = "migrate",
        .usage = "",
        .summary = "Bring the database to the version of this program",
        .needs = NEEDS_PATHS,
        .run = run_migrate,
};

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"

#include "lib/base/failure.h"
#include "lib/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct call_option *find_option(const struct call *call, const char *name)
{
	for (const struct call_option *given = call->given; given->option != NULL; given++)
		if (strcmp(given->option->name, name) == 0)
			return given;
	g_error("%s has no option --%s", call->command->name, name);
}

gboolean call_flag(const struct call *call, const char *name)
{
	return find_option(call, name)->is_given;
}

const char *call_text(const struct call *call, const char *name)
{
	return find_option(call, name)->text;
}

char *const *call_texts(const struct call *call, const char *name)
{
	static char *const none[] = {NULL};
	char *const *texts = find_option(call, name)->texts;

	return texts == NULL ? none : texts;
}

void call_say(struct call *call, const char *format, ...)
{
	va_list args;

	if (call->is_quiet)
		return;
	if (call->said == NULL)
		call->said = g_string_new(NULL);
	va_start(args, format);
	g_string_append_vprintf(call->said, format, args);
	va_end(args);
	g_string_append_c(call->said, '\n');
}

gboolean call_confirm(const struct call *call, GError **error, const char *format, ...)
{
	g_autofree char *raw = NULL, *safe = NULL;
	char answer[16] = "";
	va_list args;

	if (call_flag(call, "yes"))
		return TRUE;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "off a terminal, %s wants --yes",
		            call->command->name);
		return FALSE;
	}
	va_start(args, format);
	raw = g_strdup_vprintf(format, args);
	va_end(args);
	safe = text_printable(raw, -1);
	fprintf(stderr, "%s [y/N] ", safe);
	if (fgets(answer, sizeof(answer), stdin) != NULL && g_ascii_tolower(answer[0]) == 'y')
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_NO, "nothing was changed");
	return FALSE;
}

gboolean call_id(const char *word, const char *what, gint64 *id_out, GError **error)
{
	guint64 id;

	if (!g_ascii_string_to_unsigned(word, 10, 1, G_MAXINT64, &id, NULL)) {
		g_autofree char *safe = text_printable(word, -1);

		g_set_error(error, FAILURE, FAILURE_USAGE, "\"%s\" is no number of a %s", safe, what);
		return FALSE;
	}
	*id_out = (gint64)id;
	return TRUE;
}

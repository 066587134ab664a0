// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preflight_own.h"

#include <string.h>

void preflight_own_add(GPtrArray *results, const struct preflight_own *check, enum preflight_colour colour,
                       const char *format, ...)
{
	struct preflight_result *result = g_new0(struct preflight_result, 1);
	g_autofree char *group = g_strndup(check->id, strcspn(check->id, "."));
	va_list args;

	result->id = check->id;
	result->group = g_intern_string(group);
	result->about = g_strdup("");
	result->colour = colour;
	result->why = check->why;
	result->advice = colour == PREFLIGHT_GREEN ? "" : check->advice;
	result->source = check->source;
	va_start(args, format);
	result->seen = g_strdup_vprintf(format, args);
	va_end(args);
	for (char *at = result->seen; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	g_ptr_array_add(results, result);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/log.h"

#include "lib/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* Set once at start, before there are threads. */
static struct {
	const char *program;
	enum log_target target;
	enum log_level level;
} settings = {"carom", LOG_TARGET_STDERR, LOG_LEVEL_INFO};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const char *const target_names[] = {"stderr", "syslog", "journal"};
static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

void log_open(const char *program, enum log_target target, enum log_level level)
{
	settings.program = program;
	settings.target = target;
	settings.level = level;
	if (target == LOG_TARGET_SYSLOG)
		openlog(program, LOG_PID, LOG_MAIL);
}

gboolean log_level_read(const char *text, enum log_level *level_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(level_names); i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*level_out = (enum log_level)i;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean log_target_read(const char *text, enum log_target *target_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(target_names); i++) {
		if (strcmp(text, target_names[i]) == 0) {
			*target_out = (enum log_target)i;
			return TRUE;
		}
	}
	return FALSE;
}

static void write_line(enum log_level level, const char *text)
{
	g_autofree char *safe = text_printable(text, -1);
	g_autofree char *line = NULL;

	switch (settings.target) {
	case LOG_TARGET_SYSLOG: syslog(priorities[level], "%s", safe); return;
	case LOG_TARGET_JOURNAL: line = g_strdup_printf("<%d>%s\n", priorities[level], safe); break;
	case LOG_TARGET_STDERR:
		line = g_strdup_printf("%s: %s%s\n", settings.program,
		                       level == LOG_LEVEL_ERROR     ? "error: "
		                       : level == LOG_LEVEL_WARNING ? "warning: "
		                                                    : "",
		                       safe);
		break;
	}
	/* one write, so that lines of several threads do not mix; nothing can be done when it fails */
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return;
}

static void write_format(enum log_level level, const char *format, va_list args)
{
	g_autofree char *text = NULL;

	if (level > settings.level)
		return;
	text = g_strdup_vprintf(format, args);
	write_line(level, text);
}

#define LOG_FUNCTION(name, level)                  \
	void name(const char *format, ...)         \
	{                                          \
		va_list args;                      \
		va_start(args, format);            \
		write_format(level, format, args); \
		va_end(args);                      \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"

#include <errno.h>

G_DEFINE_QUARK(carom - failure, failure)

int failure_exit_code(const GError *error)
{
	if (error->domain == FAILURE)
		return error->code;
	if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
		return FAILURE_LATER;
	if (error->domain == G_FILE_ERROR)
		return FAILURE_IO;
	return FAILURE_BUG;
}

gboolean failure_is(const GError *error, enum failure code)
{
	return g_error_matches(error, FAILURE, (int)code);
}

static enum failure code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM: return FAILURE_LATER;
	case EACCES:
	case EPERM:
	case EROFS: return FAILURE_PERMISSION;
	case ENOENT:
	case ENOTDIR: return FAILURE_NOINPUT;
	default: return FAILURE_IO;
	}
}

void failure_set_errno(GError **error, int errnum, const char *what)
{
	g_set_error(error, FAILURE, code_of_errno(errnum), "%s: %s", what, g_strerror(errnum));
}

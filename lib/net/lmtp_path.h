// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LMTP_PATH_H
#define NET_LMTP_PATH_H

#include <glib.h>

/* The arguments of MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3). Hostile input. */

/*
 * Read "FROM:<path> parameters" or "TO:<path> parameters"; keyword: "FROM:" or "TO:". A blank after the colon and a
 * source route are taken and dropped. *parameters_out points into text. NULL when it is no path. What stands in it may be
 * longer than an address and need not be UTF-8. Caller frees.
 */
char *lmtp_path_read(const char *text, const char *keyword, const char **parameters_out);

/* What the parameters of MAIL say. */
enum lmtp_parameter {
	LMTP_PARAMETER_GOOD,
	LMTP_PARAMETER_UNKNOWN, /* 555 5.5.4 */
	LMTP_PARAMETER_WRONG,   /* 501 5.5.4 */
	LMTP_PARAMETER_SIZE,    /* 552 5.3.4: SIZE is past LIMIT_LMTP_DRAINED */
};
enum lmtp_parameter lmtp_path_check_parameters(const char *text);

#endif

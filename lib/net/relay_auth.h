// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_AUTH_H
#define NET_RELAY_AUTH_H

#include <glib.h>

/* The client's words of SMTP AUTH (RFC 4954): SCRAM where it is offered, else PLAIN or LOGIN by libESMTP's SASL plug-ins.
 * Only for encrypted channels. */
struct relay_auth;

/* The best mechanism of those offered (separated by blanks). NULL: FAILURE_UNAVAILABLE when none is known,
 * FAILURE_CONFIG for a user or password that no mechanism takes (255 bytes). Borrows both. */
struct relay_auth *relay_auth_new(const char *offered, const char *user, const char *password, GError **error);
void relay_auth_free(struct relay_auth *auth);

/* "AUTH PLAIN ...", "AUTH LOGIN" and the like, without line end. Wipe and g_free() it. */
char *relay_auth_start(struct relay_auth *auth);

/* The answer to a 334, or NULL when the mechanism has nothing more to say. Wipe and g_free() it. */
char *relay_auth_answer(struct relay_auth *auth, const char *challenge);

/* After the relay said yes: why that is not good enough; or why there was no answer to a 334. Static, NULL: all is well. */
const char *relay_auth_problem(const struct relay_auth *auth);

/* g_free() after overwriting. NULL is taken. */
void relay_auth_wipe(char *secret);

#endif

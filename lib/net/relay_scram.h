// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_SCRAM_H
#define NET_RELAY_SCRAM_H

#include <glib.h>

/*
 * The client's side of SCRAM (RFC 5802, RFC 7677) without channel binding: the password does not go over the wire, and the
 * server proves that it knows it, too. Texts in and out are those between the base64; the server's are hostile.
 */
struct relay_scram;

/* The mechanisms, best first; the last is NULL. */
extern const char *const relay_scram_mechanisms[];

/* nonce: NULL for a random one. Returns NULL where user or password is nothing that SASLprep (RFC 4013) lets pass: another
 * mechanism may take them. */
struct relay_scram *relay_scram_new(const char *mechanism, const char *user, const char *password, const char *nonce);
void relay_scram_free(struct relay_scram *scram);

/* The client's first message. Caller frees. */
char *relay_scram_begin(struct relay_scram *scram);

/* What to say to a message of the server: the proof, then "" once the server has proven itself. NULL: it makes no sense, or
 * the server does not know the password; *problem_out says so, static. Caller wipes and frees. */
char *relay_scram_answer(struct relay_scram *scram, const char *message, const char **problem_out);

/* Has the server proven that it knows the password? */
gboolean relay_scram_is_proven(const struct relay_scram *scram);

#endif

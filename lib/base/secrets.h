// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_SECRETS_H
#define BASE_SECRETS_H

#include <glib.h>

/*
 * Random bytes, keys and what is done with them. A folder of mode 0700 holds one file per purpose
 * (token.keys, suppression.keys, message-id.keys), mode 0600, a line per key: "ID HEX-OF-32-BYTES", newest first.
 */

enum secret_purpose { SECRET_TOKEN, SECRET_SUPPRESSION, SECRET_MESSAGE_ID, SECRET_PURPOSES };

#define SECRET_KEY_BYTES 32
#define SECRET_MAC_BYTES 32
#define SECRET_KEYS_MAX  16

struct secret_key {
	guint8 id; /* 1..255, in each token that it signs */
	guint8 bytes[SECRET_KEY_BYTES];
};

/* The first key writes, all read. */
struct key_ring {
	guint count;
	struct secret_key keys[SECRET_KEYS_MAX];
};

/* All keys of an installation. */
struct secrets {
	struct key_ring rings[SECRET_PURPOSES];
};

/* Make the folder with one fresh key per purpose; files that are there stay as they are. */
gboolean secrets_create(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Read all keys. FAILURE_NOINPUT when the folder is missing, FAILURE_PERMISSION when anybody but its owner may read it,
 * FAILURE_DATA for a file that is not as above. */
gboolean secrets_load(const char *folder, struct secrets *secrets_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Put a fresh token key in front; older ones still read. The oldest goes when there are SECRET_KEYS_MAX. */
gboolean secrets_rotate(const char *folder, guint8 *id_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The key with this id, or NULL. */
const struct secret_key *key_ring_find(const struct key_ring *ring, guint8 id);

/* getrandom(2); aborts when the kernel has none. */
void secrets_random(void *bytes_out, gsize len);

/* HMAC-SHA256 (RFC 2104) over purpose, a NUL, and the message; the purpose keeps one use of a key from another. */
void secrets_mac(const struct secret_key *key, const char *purpose, const void *bytes, gsize len,
                 guint8 mac_out[SECRET_MAC_BYTES]);

/* Compare in a time that does not depend on where they differ. */
gboolean secrets_equal(const void *a, const void *b, gsize len);

#endif

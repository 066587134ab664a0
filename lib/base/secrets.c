// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/secrets.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const purpose_files[SECRET_PURPOSES] = {"token.keys", "suppression.keys",
                                                           "message-id.keys"};

void secrets_random(void *bytes_out, gsize len)
{
	guint8 *at = bytes_out;

	while (len > 0) {
		gssize got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			g_error("getrandom: %s", g_strerror(errno));
		at += got;
		len -= (gsize)got;
	}
}

void secrets_mac(const struct secret_key *key, const char *purpose, const void *bytes, gsize len,
                 guint8 mac_out[SECRET_MAC_BYTES])
{
	g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, key->bytes, SECRET_KEY_BYTES);
	gsize size = SECRET_MAC_BYTES;

	g_hmac_update(hmac, (const guchar *)purpose, (gssize)strlen(purpose) + 1);
	g_hmac_update(hmac, bytes, (gssize)len);
	g_hmac_get_digest(hmac, mac_out, &size);
}

gboolean secrets_equal(const void *a, const void *b, gsize len)
{
	const volatile guint8 *x = a, *y = b;
	guint8 differs = 0;

	for (gsize i = 0; i < len; i++)
		differs |= (guint8)(x[i] ^ y[i]);
	return differs == 0;
}

const struct secret_key *key_ring_find(const struct key_ring *ring, guint8 id)
{
	for (guint i = 0; i < ring->count; i++)
		if (ring->keys[i].id == id)
			return &ring->keys[i];
	return NULL;
}

static gboolean read_key_line(const char *line, struct secret_key *key_out)
{
	char *end;
	guint64 id = g_ascii_strtoull(line, &end, 10);

	if (id < 1 || id > 255 || *end != ' ' || strlen(end + 1) != 2 * (gsize)SECRET_KEY_BYTES)
		return FALSE;
	key_out->id = (guint8)id;
	end++;
	for (int i = 0; i < SECRET_KEY_BYTES; i++) {
		int high = g_ascii_xdigit_value(end[2 * i]), low = g_ascii_xdigit_value(end[2 * i + 1]);

		if (high < 0 || low < 0)
			return FALSE;
		key_out->bytes[i] = (guint8)(high << 4 | low);
	}
	return TRUE;
}

static gboolean check_private(const char *path, GError **error)
{
	struct stat info;

	if (stat(path, &info) != 0) {
		g_autofree char *what = g_strdup_printf("secrets %s", path);

		failure_set_errno(error, errno, what);
		return FALSE;
	}
	if ((info.st_mode & 077) != 0) {
		g_set_error(error, FAILURE, FAILURE_PERMISSION,
		            "%s has mode %04o: nobody but its owner may have access (chmod %s)", path,
		            (unsigned)info.st_mode & 07777, S_ISDIR(info.st_mode) ? "0700" : "0600");
		return FALSE;
	}
	return TRUE;
}

static gboolean read_ring(const char *path, struct key_ring *ring_out, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!check_private(path, error))
		return FALSE;
	bytes = file_read(path, LIMIT_SECRET_FILE, error);
	if (bytes == NULL)
		return FALSE;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	memset(ring_out, 0, sizeof(*ring_out));
	for (guint i = 0; lines[i] != NULL; i++) {
		struct secret_key *key = &ring_out->keys[ring_out->count];

		if (ring_out->count == SECRET_KEYS_MAX || !read_key_line(lines[i], key) ||
		    key_ring_find(ring_out, key->id) != NULL) {
			g_set_error(error, FAILURE, FAILURE_DATA,
			            "%s:%u: not a line 'ID HEX' with an id of its own", path, i + 1);
			return FALSE;
		}
		ring_out->count++;
	}
	if (ring_out->count == 0) {
		g_set_error(error, FAILURE, FAILURE_DATA, "%s holds no key", path);
		return FALSE;
	}
	return TRUE;
}

static gboolean write_ring(const char *path, const struct key_ring *ring, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < ring->count; i++) {
		g_string_append_printf(text, "%u ", ring->keys[i].id);
		for (int j = 0; j < SECRET_KEY_BYTES; j++)
			g_string_append_printf(text, "%02x", ring->keys[i].bytes[j]);
		g_string_append_c(text, '\n');
	}
	return file_write(path, text->str, text->len, 0600, error);
}

gboolean secrets_create(const char *folder, GError **error)
{
	if (g_mkdir_with_parents(folder, 0700) != 0) {
		g_autofree char *what = g_strdup_printf("cannot make the folder %s", folder);

		failure_set_errno(error, errno, what);
		return FALSE;
	}
	for (int i = 0; i < SECRET_PURPOSES; i++) {
		g_autofree char *path = g_build_filename(folder, purpose_files[i], NULL);
		struct key_ring ring = {.count = 1};

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			continue;
		ring.keys[0].id = 1;
		secrets_random(ring.keys[0].bytes, SECRET_KEY_BYTES);
		if (!write_ring(path, &ring, error))
			return FALSE;
	}
	return TRUE;
}

gboolean secrets_load(const char *folder, struct secrets *secrets_out, GError **error)
{
	if (!check_private(folder, error))
		return FALSE;
	for (int i = 0; i < SECRET_PURPOSES; i++) {
		g_autofree char *path = g_build_filename(folder, purpose_files[i], NULL);

		if (!read_ring(path, &secrets_out->rings[i], error))
			return FALSE;
	}
	return TRUE;
}

gboolean secrets_rotate(const char *folder, guint8 *id_out, GError **error)
{
	g_autofree char *path = g_build_filename(folder, purpose_files[SECRET_TOKEN], NULL);
	struct key_ring ring;
	guint8 id;

	if (!check_private(folder, error) || !read_ring(path, &ring, error))
		return FALSE;
	id = ring.keys[0].id;
	if (ring.count == SECRET_KEYS_MAX)
		ring.count--;
	do
		id = id == 255 ? 1 : (guint8)(id + 1);
	while (key_ring_find(&ring, id) != NULL);
	memmove(&ring.keys[1], &ring.keys[0], ring.count * sizeof(ring.keys[0]));
	ring.count++;
	ring.keys[0].id = id;
	secrets_random(ring.keys[0].bytes, SECRET_KEY_BYTES);
	*id_out = id;
	return write_ring(path, &ring, error);
}

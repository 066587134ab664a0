// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_scram.h"

#include "lib/base/limits.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum { NONCE_BYTES = 18, ITERATIONS_MIN = 4096, SALT_MAX = 1024 };

enum stage { STAGE_FIRST, STAGE_PROOF, STAGE_VERIFIED, STAGE_FAILED };

struct relay_scram {
	const EVP_MD *digest;
	enum stage stage;
	char *user; /* prepared and escaped */
	char *password;
	char *nonce;
	char *first_bare;
	unsigned char server_signature[EVP_MAX_MD_SIZE];
};

/* One function's values: all of the digest's length. */
struct block {
	unsigned char bytes[EVP_MAX_MD_SIZE];
};

const char *const relay_scram_mechanisms[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", NULL};

/* SASLprep as far as ASCII goes, and NFKC for the rest: what has controls, or changes its length by being no
 * text, is refused. Returns NULL then. */
static char *prepare(const char *text)
{
	g_autofree char *normal = NULL;

	if (!g_utf8_validate(text, -1, NULL) || *text == '\0')
		return NULL;
	normal = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
	for (const char *at = normal; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar one = g_utf8_get_char(at);

		if (g_unichar_iscntrl(one) || !g_unichar_isdefined(one))
			return NULL;
	}
	return g_steal_pointer(&normal);
}

/* RFC 5802 5.1: ',' and '=' do not stand in a name as they are. */
static char *escape(const char *user)
{
	GString *text = g_string_new(NULL);

	for (; *user != '\0'; user++) {
		if (*user == '=')
			g_string_append(text, "=3D");
		else if (*user == ',')
			g_string_append(text, "=2C");
		else
			g_string_append_c(text, *user);
	}
	return g_string_free(text, FALSE);
}

static char *fresh_nonce(void)
{
	unsigned char bytes[NONCE_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		g_error("no random bytes");
	return g_base64_encode(bytes, sizeof(bytes));
}

struct relay_scram *relay_scram_new(const char *mechanism, const char *user, const char *password,
                                    const char *nonce)
{
	g_autofree char *name = prepare(user);
	struct relay_scram *scram;

	if (name == NULL)
		return NULL;
	scram = g_new0(struct relay_scram, 1);
	scram->digest = strcmp(mechanism, "SCRAM-SHA-1") == 0 ? EVP_sha1() : EVP_sha256();
	scram->user = escape(name);
	scram->password = prepare(password);
	scram->nonce = nonce == NULL ? fresh_nonce() : g_strdup(nonce);
	if (scram->password != NULL)
		return scram;
	relay_scram_free(scram);
	return NULL;
}

void relay_scram_free(struct relay_scram *scram)
{
	if (scram == NULL)
		return;
	if (scram->password != NULL)
		explicit_bzero(scram->password, strlen(scram->password));
	g_free(scram->password);
	g_free(scram->user);
	g_free(scram->nonce);
	g_free(scram->first_bare);
	g_free(scram);
}

char *relay_scram_begin(struct relay_scram *scram)
{
	g_free(scram->first_bare);
	scram->first_bare = g_strdup_printf("n=%s,r=%s", scram->user, scram->nonce);
	return g_strconcat("n,,", scram->first_bare, NULL);
}

static struct block sign(const struct relay_scram *scram, const unsigned char *key, const char *text)
{
	struct block block;
	unsigned int len;

	if (HMAC(scram->digest, key, EVP_MD_get_size(scram->digest), (const unsigned char *)text,
	         strlen(text), block.bytes, &len) == NULL)
		g_error("HMAC");
	return block;
}

static struct block hash(const struct relay_scram *scram, const struct block *of)
{
	struct block block;
	unsigned int len;

	if (EVP_Digest(of->bytes, (size_t)EVP_MD_get_size(scram->digest), block.bytes, &len, scram->digest,
	               NULL) != 1)
		g_error("digest");
	return block;
}

/* The server's first message: "r=NONCE,s=SALT,i=COUNT" and perhaps more. */
struct challenge {
	const char *nonce;
	guchar *salt;
	gsize salt_len;
	guint64 iterations;
};

static const char *read_challenge(const struct relay_scram *scram, char **parts, struct challenge *out)
{
	if (g_strv_length(parts) < 3 || !g_str_has_prefix(parts[0], "r=") ||
	    !g_str_has_prefix(parts[1], "s=") || !g_str_has_prefix(parts[2], "i="))
		return "its SCRAM challenge makes no sense";
	out->nonce = parts[0] + 2;
	if (!g_str_has_prefix(out->nonce, scram->nonce) || strlen(out->nonce) == strlen(scram->nonce))
		return "its SCRAM challenge is not for us";
	if (!g_ascii_string_to_unsigned(parts[2] + 2, 10, ITERATIONS_MIN, LIMIT_SCRAM_ITERATIONS,
	                                &out->iterations, NULL))
		return "its SCRAM challenge asks for fewer rounds than is safe, or for more than is sane";
	out->salt = g_base64_decode(parts[1] + 2, &out->salt_len);
	if (out->salt_len == 0 || out->salt_len > SALT_MAX)
		return "its SCRAM challenge has no salt";
	return NULL;
}

static char *prove(struct relay_scram *scram, const char *message, const struct challenge *challenge)
{
	g_autofree char *bare = g_strconcat("c=biws,r=", challenge->nonce, NULL);
	g_autofree char *all = g_strconcat(scram->first_bare, ",", message, ",", bare, NULL);
	g_autofree char *text = NULL;
	int len = EVP_MD_get_size(scram->digest);
	struct block salted, client, stored, signature, server;

	if (PKCS5_PBKDF2_HMAC(scram->password, (int)strlen(scram->password), challenge->salt,
	                      (int)challenge->salt_len, (int)challenge->iterations, scram->digest, len,
	                      salted.bytes) != 1)
		g_error("PBKDF2");
	client = sign(scram, salted.bytes, "Client Key");
	stored = hash(scram, &client);
	signature = sign(scram, stored.bytes, all);
	server = sign(scram, salted.bytes, "Server Key");
	server = sign(scram, server.bytes, all);
	memcpy(scram->server_signature, server.bytes, (size_t)len);
	for (int i = 0; i < len; i++)
		client.bytes[i] ^= signature.bytes[i];
	text = g_base64_encode(client.bytes, (gsize)len);
	explicit_bzero(&salted, sizeof(salted));
	explicit_bzero(&stored, sizeof(stored));
	return g_strconcat(bare, ",p=", text, NULL);
}

static char *answer_challenge(struct relay_scram *scram, const char *message, const char **problem_out)
{
	g_auto(GStrv) parts = g_strsplit(message, ",", -1);
	struct challenge challenge = {0};
	char *proof = NULL;

	*problem_out = read_challenge(scram, parts, &challenge);
	if (*problem_out == NULL)
		proof = prove(scram, message, &challenge);
	g_free(challenge.salt);
	return proof;
}

/* "v=SIGNATURE", or "e=REASON". */
static gboolean is_signed(const struct relay_scram *scram, const char *message)
{
	g_autofree guchar *signature = NULL;
	g_autofree char *text = NULL;
	gsize len, want = (gsize)EVP_MD_get_size(scram->digest);

	if (!g_str_has_prefix(message, "v="))
		return FALSE;
	text = g_strndup(message + 2, strcspn(message + 2, ","));
	signature = g_base64_decode(text, &len);
	return len == want && CRYPTO_memcmp(signature, scram->server_signature, want) == 0;
}

char *relay_scram_answer(struct relay_scram *scram, const char *message, const char **problem_out)
{
	char *answer;

	*problem_out = NULL;
	switch (scram->stage) {
	case STAGE_FIRST:
		answer = answer_challenge(scram, message, problem_out);
		scram->stage = answer == NULL ? STAGE_FAILED : STAGE_PROOF;
		return answer;
	case STAGE_PROOF:
		if (is_signed(scram, message)) {
			scram->stage = STAGE_VERIFIED;
			return g_strdup("");
		}
		break;
	case STAGE_VERIFIED:
	case STAGE_FAILED: break;
	}
	scram->stage = STAGE_FAILED;
	*problem_out = "it does not prove that it knows the password";
	return NULL;
}

gboolean relay_scram_is_proven(const struct relay_scram *scram)
{
	return scram->stage == STAGE_VERIFIED;
}

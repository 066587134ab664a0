// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_auth.h"

#include "lib/base/failure.h"
#include "lib/net/relay_scram.h"

#include <auth-client.h>
#include <string.h>

/* The PLAIN plug-in copies both into buffers of this size without looking. */
#define SECRET_MAX 255

struct relay_auth {
	auth_context_t context;    /* of PLAIN and LOGIN */
	struct relay_scram *scram; /* or this */
	const char *problem;       /* static; NULL: none */
	const char *user, *password;
	const char *mechanism;
	gboolean is_started;
};

static const char *const mechanisms[] = {"PLAIN", "LOGIN"};

static int give_secrets(auth_client_request_t request, char **result, int fields, void *arg)
{
	struct relay_auth *auth = arg;

	for (int i = 0; i < fields; i++) {
		if (request[i].flags & AUTH_USER)
			result[i] = (char *)auth->user;
		else if (request[i].flags & AUTH_PASS)
			result[i] = (char *)auth->password;
		else
			return 0;
	}
	return 1;
}

static gboolean is_offered(const char *offered, const char *mechanism)
{
	g_auto(GStrv) list = g_strsplit(offered, " ", -1);

	for (char **one = list; *one != NULL; one++)
		if (g_ascii_strcasecmp(*one, mechanism) == 0)
			return TRUE;
	return FALSE;
}

/* The best, where it is offered: the relay does not get to see the password. */
static gboolean take_scram(struct relay_auth *auth, const char *offered)
{
	for (const char *const *name = relay_scram_mechanisms; *name != NULL && auth->scram == NULL; name++) {
		if (!is_offered(offered, *name))
			continue;
		auth->mechanism = *name;
		auth->scram = relay_scram_new(*name, auth->user, auth->password, NULL);
	}
	return auth->scram != NULL;
}

struct relay_auth *relay_auth_new(const char *offered, const char *user, const char *password, GError **error)
{
	struct relay_auth *auth;

	if (strlen(user) > SECRET_MAX || strlen(password) > SECRET_MAX) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "user or password is longer than %d bytes",
		            SECRET_MAX);
		return NULL;
	}
	auth = g_new0(struct relay_auth, 1);
	auth->user = user;
	auth->password = password;
	if (take_scram(auth, offered))
		return auth;
	auth->context = auth_create_context();
	auth_set_interact_cb(auth->context, give_secrets, auth);
	auth_set_mechanism_flags(auth->context, AUTH_PLUGIN_PLAIN, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(mechanisms); i++)
		if (is_offered(offered, mechanisms[i]) && auth_set_mechanism(auth->context, mechanisms[i])) {
			auth->mechanism = mechanisms[i];
			return auth;
		}
	relay_auth_free(auth);
	g_set_error(error, FAILURE, FAILURE_UNAVAILABLE,
	            "the relay offers none of the AUTH mechanisms that we have (SCRAM-SHA-256, SCRAM-SHA-1, "
	            "PLAIN, LOGIN)");
	return NULL;
}

void relay_auth_free(struct relay_auth *auth)
{
	relay_scram_free(auth->scram);
	if (auth->context != NULL)
		auth_destroy_context(auth->context);
	g_free(auth);
}

void relay_auth_wipe(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	g_free(secret);
}

static char *respond(struct relay_auth *auth, const char *challenge)
{
	int len = 0;
	/* NULL is what makes the plug-in begin. */
	const char *words = auth_response(auth->context, auth->is_started ? challenge : NULL, &len);

	auth->is_started = TRUE;
	return words == NULL ? NULL : g_base64_encode((const guchar *)words, (gsize)len);
}

/* Base64 of a text, which is wiped. NULL stays NULL. */
static char *encode(char *text)
{
	char *encoded = text == NULL ? NULL : g_base64_encode((const guchar *)text, strlen(text));

	relay_auth_wipe(text);
	return encoded;
}

char *relay_auth_start(struct relay_auth *auth)
{
	char *words, *command;

	/* Not every server takes an initial response to LOGIN, which has no RFC. */
	if (strcmp(auth->mechanism, "LOGIN") == 0)
		return g_strdup("AUTH LOGIN");
	words = auth->scram != NULL ? encode(relay_scram_begin(auth->scram)) : respond(auth, "");
	command = g_strconcat("AUTH ", auth->mechanism, " ", words == NULL ? "=" : words, NULL);
	relay_auth_wipe(words);
	return command;
}

static char *answer_scram(struct relay_auth *auth, const char *challenge)
{
	g_autofree char *message = NULL;
	guchar *bytes;
	gsize len;

	bytes = g_base64_decode(challenge, &len);
	message = g_strndup((const char *)bytes, len);
	g_free(bytes);
	return encode(relay_scram_answer(auth->scram, message, &auth->problem));
}

char *relay_auth_answer(struct relay_auth *auth, const char *challenge)
{
	return auth->scram != NULL ? answer_scram(auth, challenge) : respond(auth, challenge);
}

const char *relay_auth_problem(const struct relay_auth *auth)
{
	if (auth->problem == NULL && auth->scram != NULL && !relay_scram_is_proven(auth->scram))
		return "it says that the password is right and does not prove that it knows it";
	return auth->problem;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/relay_setup.h"

#include "lib/base/failure.h"

#include <string.h>

enum { CONNECT_MS = 30000 };

/* CAROM_TEST_REPLY=MILLISECONDS: for each reply, instead of the minutes of RFC 5321. */
static int test_reply_ms(void)
{
	const char *text = g_getenv("CAROM_TEST_REPLY");

	return text == NULL ? 0 : (int)CLAMP(g_ascii_strtoll(text, NULL, 10), 0, G_MAXINT);
}

struct relay_config relay_setup(const struct settings *settings, const struct settings_relay *relay)
{
	static const enum relay_tls tls[] = {RELAY_TLS_OFF, RELAY_TLS_OPPORTUNISTIC, RELAY_TLS_REQUIRED,
	                                     RELAY_TLS_VERIFY, RELAY_TLS_IMPLICIT};

	return (struct relay_config){
	        .name = relay->name,
	        .host = relay->host,
	        .port = relay->port,
	        .tls = tls[relay->tls],
	        .ca_file = relay->ca_file,
	        .source_address = relay->source_addresses->len > 0
	                                  ? g_ptr_array_index(relay->source_addresses, 0)
	                                  : NULL,
	        .user = relay->user,
	        .password = relay->password,
	        .helo = settings->hostname,
	        .messages_per_connection = relay->messages_per_connection,
	        .connect_timeout_ms = CONNECT_MS,
	        .reply_timeout_ms = test_reply_ms(),
	};
}

const struct settings_relay *relay_setup_find(const struct settings *settings, const char *name,
                                              GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; i < settings->relays->len; i++) {
		const struct settings_relay *relay = settings->relays->pdata[i];

		if (strcmp(relay->name, name) == 0)
			return relay;
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", relay->name);
	}
	g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no relay %s; there is %s", name, names->str);
	return NULL;
}

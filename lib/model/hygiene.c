// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/hygiene.h"

#include <string.h>

enum {
	PERCENT = 100,
	WARN = 2,
	PAUSE = 5,
	STOP = 10,
	DELIVERIES_MIN = 100,
	THOUSAND = 1000,
	COMPLAINTS_MIN = 2
};

gboolean hygiene_is_role(const char *key)
{
	static const char *const roles[] = {"abuse",
	                                    "admin",
	                                    "administrator",
	                                    "billing",
	                                    "compliance",
	                                    "contact",
	                                    "devnull",
	                                    "dns",
	                                    "ftp",
	                                    "help",
	                                    "hostmaster",
	                                    "info",
	                                    "inoc",
	                                    "ispfeedback",
	                                    "kontakt",
	                                    "list",
	                                    "list-request",
	                                    "mail",
	                                    "mailer-daemon",
	                                    "marketing",
	                                    "no-reply",
	                                    "noc",
	                                    "noreply",
	                                    "null",
	                                    "office",
	                                    "phish",
	                                    "phishing",
	                                    "postmaster",
	                                    "privacy",
	                                    "registrar",
	                                    "root",
	                                    "sales",
	                                    "security",
	                                    "service",
	                                    "spam",
	                                    "support",
	                                    "sysadmin",
	                                    "tech",
	                                    "test",
	                                    "undisclosed-recipients",
	                                    "unsubscribe",
	                                    "usenet",
	                                    "uucp",
	                                    "vertrieb",
	                                    "webmaster",
	                                    "www",
	                                    NULL};
	g_autofree char *local = g_strndup(key, strcspn(key, "+@"));

	return g_strv_contains(roles, local);
}

/* One letter more, less, another, or two neighbours exchanged. */
static gboolean is_one_off(const char *a, const char *b)
{
	gsize la = strlen(a), lb = strlen(b), same = 0;

	if (la > lb + 1 || lb > la + 1)
		return FALSE;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	if (la == lb)
		return strcmp(a + same, b + same) != 0 &&
		       (strcmp(a + same + 1, b + same + 1) == 0 ||
		        (a[same] == b[same + 1] && b[same] == a[same + 1] && a[same + 1] != '\0' &&
		         strcmp(a + same + 2, b + same + 2) == 0));
	return la > lb ? strcmp(a + same + 1, b + same) == 0 : strcmp(a + same, b + same + 1) == 0;
}

/* "yahoo.gr" is near to "yahoo.fr", and another country's. */
static gboolean is_other_country(const char *a, const char *b)
{
	const char *end_a = strrchr(a, '.'), *end_b = strrchr(b, '.');

	return end_a != NULL && end_b != NULL && end_a - a == end_b - b && strlen(end_a) == 3 &&
	       strlen(end_b) == 3 && strncmp(a, b, (gsize)(end_a - a)) == 0;
}

const char *hygiene_typo(const char *domain)
{
	static const char *const meant[] = {"gmail.com",   "googlemail.com", "hotmail.com", "outlook.com",
	                                    "yahoo.com",   "icloud.com",     "hotmail.fr",  "hotmail.co.uk",
	                                    "yahoo.co.uk", "yahoo.fr",       "comcast.net", "freenet.de",
	                                    "t-online.de", "orange.fr",      "wanadoo.fr",  "libero.it",
	                                    "hotmail.it",  "yahoo.co.jp",    "docomo.ne.jp"};
	/* near to one of those, and there */
	static const char *const real[] = {"email.com", "ymail.com", "mail.com", NULL};

	if (g_strv_contains(real, domain))
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(meant); i++)
		if (strcmp(domain, meant[i]) == 0)
			return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(meant); i++)
		if (is_one_off(domain, meant[i]) && !is_other_country(domain, meant[i]))
			return meant[i];
	return NULL;
}

char *hygiene_mailbox(const char *key)
{
	const char *at = strrchr(key, '@');
	gboolean is_gmail = at != NULL &&
	                    (strcmp(at, "@gmail.com") == 0 || strcmp(at, "@googlemail.com") == 0);
	GString *mailbox = g_string_new(NULL);

	for (const char *from = key; at != NULL && from < at && *from != '+'; from++)
		if (*from != '.' || !is_gmail)
			g_string_append_c(mailbox, *from);
	g_string_append(mailbox, at == NULL ? key : is_gmail ? "@gmail.com" : at);
	return g_string_free(mailbox, FALSE);
}

enum hygiene_level hygiene_level(gint64 handed, gint64 bounced)
{
	if (handed < DELIVERIES_MIN)
		return HYGIENE_NORMAL;
	if (bounced * PERCENT > handed * STOP)
		return HYGIENE_STOP;
	if (bounced * PERCENT > handed * PAUSE)
		return HYGIENE_PAUSE;
	return bounced * PERCENT > handed * WARN ? HYGIENE_WARN : HYGIENE_NORMAL;
}

enum hygiene_level hygiene_complaints(gint64 handed, gint64 complaints)
{
	if (complaints < COMPLAINTS_MIN)
		return HYGIENE_NORMAL;
	if (complaints * THOUSAND >= handed * 3)
		return HYGIENE_PAUSE;
	return complaints * THOUSAND >= handed ? HYGIENE_WARN : HYGIENE_NORMAL;
}

const char *hygiene_level_name(enum hygiene_level level)
{
	static const char *const names[] = {"normal", "warn", "pause", "stop"};

	return names[level];
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preflight_check.h"

#include "lib/model/spf_record.h"

#include <string.h>

enum { NAMES_MAX = 10 }; /* of one address that are looked at */

/* No address of the public network: private, shared, loopback, link-local, multicast and the like. */
static gboolean is_public(const struct spf_address *address)
{
	static const struct {
		const char *network;
		guint bits;
	} special[] = {
	        {"0.0.0.0", 8},      {"10.0.0.0", 8},    {"100.64.0.0", 10},  {"127.0.0.0", 8},
	        {"169.254.0.0", 16}, {"172.16.0.0", 12}, {"192.168.0.0", 16}, {"198.18.0.0", 15},
	        {"224.0.0.0", 3},    {"::", 8},          {"fc00::", 7},       {"fe80::", 10},
	        {"ff00::", 8},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(special); i++) {
		struct spf_address network;

		if (spf_address_read(special[i].network, &network) &&
		    spf_address_in(address, &network, special[i].bits))
			return FALSE;
	}
	return TRUE;
}

gboolean preflight_is_public(const char *text)
{
	struct spf_address address;

	return spf_address_read(text, &address) && is_public(&address);
}

gboolean preflight_address_kind(struct preflight_job *job)
{
	struct spf_address address;

	if (!spf_address_read(job->about, &address))
		return preflight_say(job, PREFLIGHT_UNKNOWN, "Write an IPv4 or IPv6 address.",
		                     "%s is no address", job->about);
	if (!is_public(&address))
		return preflight_say(
		        job, PREFLIGHT_UNKNOWN,
		        "Check the address that the world sees where the relay is, or the one behind NAT.",
		        "%s is no address of the public network", job->about);
	return preflight_say(job, PREFLIGHT_GREEN, "", "%s is a public address", job->about);
}

/* Does a name look like those that providers give to whole ranges? */
static gboolean is_generic(const char *name, const struct spf_address *address)
{
	static const char *const words[] = {"dyn", "dhcp",  "dsl",       "pool",
	                                    "ppp", "cable", "broadband", "customer"};
	g_auto(GStrv) labels = g_strsplit_set(name, ".-", -1);

	for (guint i = 0; labels[i] != NULL; i++)
		for (gsize k = 0; k < G_N_ELEMENTS(words); k++)
			if (g_str_has_prefix(labels[i], words[k]))
				return TRUE;
	if (address->len == 4)
		for (int i = 0; i < 2; i++) {
			const unsigned char *b = address->bytes;
			g_autofree char *straight = g_strdup_printf("%u%c%u%c%u%c%u", b[0], ".-"[i], b[1],
			                                            ".-"[i], b[2], ".-"[i], b[3]);
			g_autofree char *turned = g_strdup_printf("%u%c%u%c%u%c%u", b[3], ".-"[i], b[2],
			                                          ".-"[i], b[1], ".-"[i], b[0]);

			if (strstr(name, straight) != NULL || strstr(name, turned) != NULL)
				return TRUE;
		}
	return FALSE;
}

enum back { BACK_YES, BACK_NO, BACK_FAILED, BACK_WAIT };

/* Does a name lead back to the address? */
static enum back leads_back(struct preflight_job *job, const char *name, const struct spf_address *address)
{
	struct lookup answer = name_cache_ask(address->len == 4 ? LOOKUP_A : LOOKUP_AAAA, name, job->cache);
	struct spf_address found;

	if (answer.outcome == LOOKUP_WAIT)
		return BACK_WAIT;
	if (answer.outcome == LOOKUP_FAILED)
		return BACK_FAILED;
	for (guint i = 0; answer.outcome == LOOKUP_FOUND && answer.texts[i] != NULL; i++)
		if (spf_address_read(answer.texts[i], &found) &&
		    spf_address_in(address, &found, (guint)address->len * 8))
			return BACK_YES;
	return BACK_NO;
}

static gboolean judge_name(struct preflight_job *job, const struct spf_address *address, const char *good,
                           const char *failed, const struct lookup *names)
{
	if (good == NULL && failed != NULL)
		return preflight_no_answer(job, failed);
	if (good == NULL)
		return preflight_say(job, PREFLIGHT_RED, "Give that name an address record for this address.",
		                     "%s has the name %s, which does not lead back", job->about,
		                     names->texts[0]);
	if (is_generic(good, address))
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "Have the provider set a name of your own for the address.",
		                     "%s has the name %s, which looks like one of a pool", job->about, good);
	if (names->texts[1] != NULL)
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "Keep one name; some receivers look at the first only.",
		                     "%s has several names, one is %s", job->about, good);
	return preflight_say(job, PREFLIGHT_GREEN, "", "%s is %s, and back", job->about, good);
}

gboolean preflight_address_names(struct preflight_job *job)
{
	struct lookup names;
	struct spf_address address;
	const char *good = NULL, *failed = NULL;
	gboolean is_waiting = FALSE;

	if (!spf_address_read(job->about, &address) || !is_public(&address))
		return preflight_say(job, PREFLIGHT_UNKNOWN, "Set the address that the world sees.",
		                     "%s has no name in the public DNS", job->about);
	names = name_cache_ask(LOOKUP_PTR, job->about, job->cache);
	if (names.outcome == LOOKUP_WAIT)
		return FALSE;
	if (names.outcome == LOOKUP_FAILED)
		return preflight_no_answer(job, job->about);
	if (names.outcome == LOOKUP_NOTHING)
		return preflight_say(job, PREFLIGHT_RED,
		                     "Have whoever gave you the address set its reverse name (PTR).",
		                     "%s has no name", job->about);
	for (guint i = 0; i < NAMES_MAX && names.texts[i] != NULL; i++) {
		enum back back = leads_back(job, names.texts[i], &address);

		if (back == BACK_WAIT)
			is_waiting = TRUE;
		else if (back == BACK_YES && good == NULL)
			good = names.texts[i];
		else if (back == BACK_FAILED)
			failed = names.texts[i];
	}
	return is_waiting ? FALSE : judge_name(job, &address, good, failed, &names);
}

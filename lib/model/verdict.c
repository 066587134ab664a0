// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/verdict.h"

#include <string.h>

static const char *const kind_names[] = {"hard",      "soft",      "delayed", "complaint",
                                         "autoreply", "notbounce", "other"};
static const char *const blame_names[] = {"none", "recipient", "content", "reputation", "sender", "network"};

static const struct {
	const char *name;
	enum blame blame;
} reasons[REASON_COUNT] = {
        [REASON_NONE] = {"", BLAME_NONE},
        [REASON_AUTHFAILURE] = {"authfailure", BLAME_SENDER},
        [REASON_BADREPUTATION] = {"badreputation", BLAME_REPUTATION},
        [REASON_BLOCKED] = {"blocked", BLAME_REPUTATION},
        [REASON_CONTENTERROR] = {"contenterror", BLAME_CONTENT},
        [REASON_DELIVERED] = {"delivered", BLAME_NONE},
        [REASON_EMAILTOOLARGE] = {"emailtoolarge", BLAME_CONTENT},
        [REASON_EXCEEDLIMIT] = {"exceedlimit", BLAME_CONTENT},
        [REASON_EXPIRED] = {"expired", BLAME_NETWORK},
        [REASON_FAILEDSTARTTLS] = {"failedstarttls", BLAME_SENDER},
        [REASON_FEEDBACK] = {"feedback", BLAME_RECIPIENT},
        [REASON_FILTERED] = {"filtered", BLAME_RECIPIENT},
        [REASON_HASMOVED] = {"hasmoved", BLAME_RECIPIENT},
        [REASON_HOSTUNKNOWN] = {"hostunknown", BLAME_RECIPIENT},
        [REASON_MAILBOXFULL] = {"mailboxfull", BLAME_RECIPIENT},
        [REASON_MAILERERROR] = {"mailererror", BLAME_NETWORK},
        [REASON_MESGTOOBIG] = {"mesgtoobig", BLAME_CONTENT},
        [REASON_NETWORKERROR] = {"networkerror", BLAME_NETWORK},
        [REASON_NORELAYING] = {"norelaying", BLAME_SENDER},
        [REASON_NOTACCEPT] = {"notaccept", BLAME_RECIPIENT},
        [REASON_NOTCOMPLIANTRFC] = {"notcompliantrfc", BLAME_CONTENT},
        [REASON_ONHOLD] = {"onhold", BLAME_NETWORK},
        [REASON_POLICYVIOLATION] = {"policyviolation", BLAME_CONTENT},
        [REASON_RATELIMITED] = {"ratelimited", BLAME_REPUTATION},
        [REASON_REJECTED] = {"rejected", BLAME_SENDER},
        [REASON_REQUIREPTR] = {"requireptr", BLAME_SENDER},
        [REASON_SECURITYERROR] = {"securityerror", BLAME_CONTENT},
        [REASON_SPAMDETECTED] = {"spamdetected", BLAME_CONTENT},
        [REASON_SPEEDING] = {"speeding", BLAME_REPUTATION},
        [REASON_SUPPRESSED] = {"suppressed", BLAME_SENDER},
        [REASON_SUSPEND] = {"suspend", BLAME_RECIPIENT},
        [REASON_SYNTAXERROR] = {"syntaxerror", BLAME_SENDER},
        [REASON_SYSTEMERROR] = {"systemerror", BLAME_NETWORK},
        [REASON_SYSTEMFULL] = {"systemfull", BLAME_NETWORK},
        [REASON_TOOMANYCONN] = {"toomanyconn", BLAME_REPUTATION},
        [REASON_UNDEFINED] = {"undefined", BLAME_RECIPIENT},
        [REASON_USERUNKNOWN] = {"userunknown", BLAME_RECIPIENT},
        [REASON_VACATION] = {"vacation", BLAME_NONE},
        [REASON_VIRUSDETECTED] = {"virusdetected", BLAME_CONTENT},
};

const char *kind_name(enum kind kind)
{
	return kind_names[kind];
}

const char *reason_name(enum reason reason)
{
	return reasons[reason].name;
}

const char *blame_name(enum blame blame)
{
	return blame_names[blame];
}

gboolean kind_read(const char *text, enum kind *kind_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kind_names); i++) {
		if (strcmp(text, kind_names[i]) == 0) {
			*kind_out = (enum kind)i;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean blame_read(const char *text, enum blame *blame_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(blame_names); i++) {
		if (strcmp(text, blame_names[i]) == 0) {
			*blame_out = (enum blame)i;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean reason_read(const char *text, enum reason *reason_out)
{
	for (gsize i = 0; i < REASON_COUNT; i++) {
		if (strcmp(text, reasons[i].name) == 0) {
			*reason_out = (enum reason)i;
			return TRUE;
		}
	}
	return FALSE;
}

enum blame reason_blame(enum reason reason)
{
	return reasons[reason].blame;
}

/* Bytes of the mailbox's own name in a local part of this length. */
static gsize mailbox_len(const char *local_part, gsize len)
{
	const char *plus = memchr(local_part, '+', len);

	return plus == NULL || plus == local_part ? len : (gsize)(plus - local_part);
}

gboolean verdict_is_forwarded(const char *ours, const char *failed)
{
	const char *our_domain = strrchr(ours, '@'), *domain = strrchr(failed, '@');
	gsize our_len, len;

	if (our_domain == NULL || domain == NULL || domain == failed || domain[1] == '\0')
		return FALSE;
	if (g_ascii_strcasecmp(our_domain, domain) != 0)
		return TRUE;
	our_len = mailbox_len(ours, (gsize)(our_domain - ours));
	len = mailbox_len(failed, (gsize)(domain - failed));
	return our_len != len || g_ascii_strncasecmp(ours, failed, len) != 0;
}

struct verdict verdict_forwarded(struct verdict verdict)
{
	if (verdict.reason == REASON_AUTHFAILURE)
		verdict.blame = BLAME_NONE;
	return verdict;
}

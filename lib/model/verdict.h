// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <glib.h>

/*
 * What a bounce says, in three words: its kind, its reason (Sisimai's public vocabulary) and whose fault it was.
 * Only a verdict that blames the recipient ever counts against a subscriber.
 */

enum kind { KIND_HARD, KIND_SOFT, KIND_DELAYED, KIND_COMPLAINT, KIND_AUTOREPLY, KIND_NOTBOUNCE, KIND_OTHER };

enum blame { BLAME_NONE, BLAME_RECIPIENT, BLAME_CONTENT, BLAME_REPUTATION, BLAME_SENDER, BLAME_NETWORK };

enum reason {
	REASON_NONE, /* "" : nothing failed */
	REASON_AUTHFAILURE,
	REASON_BADREPUTATION,
	REASON_BLOCKED,
	REASON_CONTENTERROR,
	REASON_DELIVERED,
	REASON_EMAILTOOLARGE,
	REASON_EXCEEDLIMIT,
	REASON_EXPIRED,
	REASON_FAILEDSTARTTLS,
	REASON_FEEDBACK,
	REASON_FILTERED,
	REASON_HASMOVED,
	REASON_HOSTUNKNOWN,
	REASON_MAILBOXFULL,
	REASON_MAILERERROR,
	REASON_MESGTOOBIG,
	REASON_NETWORKERROR,
	REASON_NORELAYING,
	REASON_NOTACCEPT,
	REASON_NOTCOMPLIANTRFC,
	REASON_ONHOLD,
	REASON_POLICYVIOLATION,
	REASON_RATELIMITED,
	REASON_REJECTED,
	REASON_REQUIREPTR,
	REASON_SECURITYERROR,
	REASON_SPAMDETECTED,
	REASON_SPEEDING,
	REASON_SUPPRESSED,
	REASON_SUSPEND,
	REASON_SYNTAXERROR,
	REASON_SYSTEMERROR,
	REASON_SYSTEMFULL,
	REASON_TOOMANYCONN,
	REASON_UNDEFINED,
	REASON_USERUNKNOWN,
	REASON_VACATION,
	REASON_VIRUSDETECTED,
	REASON_COUNT
};

/* One judgement. rule: the id of the rule that made it, borrowed from the rule set or static. */
struct verdict {
	enum kind kind;
	enum reason reason;
	enum blame blame;
	const char *rule;
};

/* The words used in output, database and rule files: "hard", "userunknown", "recipient". Static. */
const char *kind_name(enum kind kind);
const char *reason_name(enum reason reason);
const char *blame_name(enum blame blame);

gboolean kind_read(const char *text, enum kind *kind_out);
gboolean reason_read(const char *text, enum reason *reason_out);
gboolean blame_read(const char *text, enum blame *blame_out);

/*
 * Does a report speak of another address than the one that we wrote to? Then ours forwards, or is a list, and what failed is
 * somebody else's: authentication that forwarding broke, a mailbox that is not the subscriber's own. failed: as the report
 * names it, hostile; FALSE when that is no address, or differs by case or by a "+detail" only.
 */
gboolean verdict_is_forwarded(const char *ours, const char *failed);

/* A verdict on a forwarded message: nobody is to blame for an authentication that forwarding broke, the sender neither. */
struct verdict verdict_forwarded(struct verdict verdict);

/* Who is to blame for a failure of this reason when no rule says otherwise. */
enum blame reason_blame(enum reason reason);

#endif

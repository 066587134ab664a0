// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_JUDGING_FIXTURE_H
#define TESTS_JUDGING_FIXTURE_H

#include "lib/action/account.h"
#include "lib/action/judge.h"

#include "tests/unit/action_fixture.h"

/* Letters that are sent and come back. Everything here aborts the test when it fails. */

/* One recipient's part of a report, in a report. Caller frees. */
static inline char *fixture_report(const char *address, const char *action, const char *status, const char *words)
{
	return g_strdup_printf(
		"From: MAILER-DAEMON@mx.test\nTo: somebody@lists.test\nSubject: Undelivered mail\n"
		"MIME-Version: 1.0\n"
		"Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\n\n--B\n"
		"Content-Type: text/plain\n\nIt did not work.\n--B\n"
		"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
		"Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; %s\n\n--B--\n",
		address, action, status, words);
}

/* Keep a message that came to an address and judge it; the id of its row. */
static inline gint64 judge_text(struct context *context, const char *to, const char *text, gint64 now)
{
	g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
	gint64 id = 0;

	assert_ok(store_bounce_keep(context->store, "pipe", to, raw, FALSE, now, &id, &failure));
	assert_ok(judge_bounce(context, id, now, &failure));
	return id;
}

/* The address that a subscription is mailed at. Caller frees. */
static inline char *address_of(struct context *context, gint64 subscription_id)
{
	struct subscription *subscription = get_subscription(context, subscription_id);
	char *address = g_strdup(subscription->address);

	subscription_free(subscription);
	return address;
}

/* A campaign of a list. */
static inline gint64 add_issue(struct context *context, gint64 list_id)
{
	return add_campaign(context->store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
}

/* One letter of it that the relay took, counted for its provider; the delivery's id. */
static inline gint64 send_to(struct context *context, gint64 campaign_id, gint64 subscription_id, gint64 at)
{
	g_autofree char *address = address_of(context, subscription_id);
	gint64 id = 0;
	g_autofree char *sent = NULL;

	assert_ok(store_delivery_add(context->store, campaign_id, subscription_id, at, &id, &failure));
	sent = g_strdup_printf("UPDATE delivery SET state = 'sent', next_at = NULL, token_day = %d"
	                       ", first_handed_at = %" G_GINT64_FORMAT
	                       ", ended_at = %" G_GINT64_FORMAT ", code = 250, attempts = 1 WHERE id = %" G_GINT64_FORMAT,
	                       (int)(at / DAY), at, at, id);
	run_raw(context->store, sent);
	assert_ok(account_handed(context, campaign_id, address, at, &failure));
	return id;
}

/* It comes back; the bounce's id. */
static inline gint64 come_back(struct context *context, enum mailing_kind kind, gint64 delivery_id, gint64 subscription_id,
                               gint64 sent_at, const char *status, const char *words, gint64 now)
{
	g_autofree char *to = context_return_path(context, kind, delivery_id, (int)(sent_at / DAY));
	g_autofree char *address = address_of(context, subscription_id);
	g_autofree char *text = fixture_report(address, "failed", status, words);

	return judge_text(context, to, text, now);
}

static inline gint64 fail_hard(struct context *context, gint64 delivery_id, gint64 subscription_id, gint64 at, gint64 now)
{
	return come_back(context, MAILING_CAMPAIGN, delivery_id, subscription_id, at, "5.1.1", "550 5.1.1 User unknown", now);
}

static inline gint64 fail_full(struct context *context, gint64 delivery_id, gint64 subscription_id, gint64 at, gint64 now)
{
	return come_back(context, MAILING_CAMPAIGN, delivery_id, subscription_id, at, "5.2.2", "552 5.2.2 Mailbox full", now);
}

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/subscription.h"

#include <string.h>

/*
 * The moves once more, one line per state and one column per event in the order of enum subscription_event:
 * request, confirm, enrol, import active, import pending, unsubscribe, complaint, hard bounce, bounce limit,
 * suspension end, removal due, expire, reinstate, undo; probe sent, failed, spent, silent, clicked; domain
 * dead, unreachable; restore to pending, active, suspended; undo likewise; release, pardon. A letter is the
 * state afterwards, '.' no move.
 */
static const struct {
	enum subscription_state from;
	const char *to;
} expected[] = {
        {SUB_PENDING, ".AA..UCR...R.."
                      "....."
                      "R."
                      "P.."
                      "P.."
                      "R."},
        {SUB_ACTIVE, ".....UCSS....."
                     "....."
                     "RS"
                     ".A."
                     ".A."
                     "S."},
        {SUB_SUSPENDED, ".A...UCS.AR.A."
                        "SSRAA"
                        "R."
                        ".AS"
                        ".AS"
                        "S."},
        {SUB_REMOVED, ".A...UC......."
                      "....."
                      ".."
                      "PAS"
                      "PAS"
                      ".."},
        {SUB_UNSUBSCRIBED, ".A....C......A"
                           "....."
                           ".."
                           "..."
                           "..."
                           ".."},
        {SUB_COMPLAINED, ".............."
                         "....."
                         ".."
                         "..."
                         "..."
                         ".U"},
        {SUB_NONE, "P.AAP........."
                   "....."
                   ".."
                   "..."
                   "..."
                   ".."},
};

static char letter_of(enum subscription_state state)
{
	return "PASRUC"[state];
}

static enum subscription_cause cause_of(enum subscription_event event)
{
	switch (event) {
	case EVENT_DOMAIN_DEAD:
	case EVENT_DOMAIN_UNREACHABLE: return CAUSE_DOMAIN;
	case EVENT_PROBES_SPENT:
	case EVENT_RESTORE_SUSPENDED:
	case EVENT_UNDO_SUSPENDED:
	case EVENT_RELEASE: return CAUSE_BOUNCE;
	case EVENT_PROBE_SENT:
	case EVENT_PROBE_FAILED:
	case EVENT_PROBE_SILENT:
	case EVENT_PROBE_CLICKED:
	case EVENT_RESTORE_PENDING:
	case EVENT_RESTORE_ACTIVE:
	case EVENT_UNDO_PENDING:
	case EVENT_UNDO_ACTIVE: return CAUSE_NONE;
	case EVENT_UNSUBSCRIBE:
	case EVENT_EXPIRE: return CAUSE_REQUEST;
	case EVENT_PARDON:
	case EVENT_COMPLAINT: return CAUSE_COMPLAINT;
	case EVENT_HARD_BOUNCE:
	case EVENT_BOUNCE_LIMIT:
	case EVENT_REMOVAL_DUE: return CAUSE_BOUNCE;
	case EVENT_REQUEST:
	case EVENT_CONFIRM:
	case EVENT_ENROL:
	case EVENT_IMPORT_ACTIVE:
	case EVENT_IMPORT_PENDING:
	case EVENT_SUSPENSION_END:
	case EVENT_REINSTATE:
	case EVENT_UNDO:
	case SUBSCRIPTION_EVENTS: break;
	}
	return CAUSE_NONE;
}

static void every_pair_moves_as_promised(void)
{
	int pairs = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_assert_cmpuint(strlen(expected[i].to), ==, SUBSCRIPTION_EVENTS);
		for (int event = 0; event < SUBSCRIPTION_EVENTS; event++) {
			enum subscription_state to = SUB_NONE;
			enum subscription_cause cause = CAUSE_ADMIN;
			gboolean moves = subscription_move(expected[i].from, (enum subscription_event)event,
			                                   &to, &cause);

			g_assert_cmpint(moves ? letter_of(to) : '.', ==, expected[i].to[event]);
			/* who stays where he is stays for the same cause */
			g_assert_cmpint(cause, ==,
			                moves && to != expected[i].from
			                        ? cause_of((enum subscription_event)event)
			                        : CAUSE_ADMIN);
			pairs++;
		}
	}
	g_assert_cmpint(pairs, ==, (SUB_STATES + 1) * SUBSCRIPTION_EVENTS);
}

static void an_import_changes_nobody_who_is_there(void)
{
	enum subscription_state to;
	enum subscription_cause cause;

	for (int from = 0; from < SUB_STATES; from++) {
		g_assert_false(
		        subscription_move((enum subscription_state)from, EVENT_IMPORT_ACTIVE, &to, &cause));
		g_assert_false(
		        subscription_move((enum subscription_state)from, EVENT_IMPORT_PENDING, &to, &cause));
	}
}

/* States that can be reached from one in any number of moves, by events that a filter lets through. */
static void reach(enum subscription_state from, gboolean (*may_happen)(enum subscription_event),
                  gboolean *reached)
{
	for (int event = 0; event < SUBSCRIPTION_EVENTS; event++) {
		enum subscription_state to;
		enum subscription_cause cause;

		if (!may_happen((enum subscription_event)event) ||
		    !subscription_move(from, (enum subscription_event)event, &to, &cause) || reached[to])
			continue;
		reached[to] = TRUE;
		reach(to, may_happen, reached);
	}
}

/* Anything but what a person did to come back, and taking back what bounces did. */
static gboolean is_no_confirmation(enum subscription_event event)
{
	/* taking back within ten minutes is the same person on the same page */
	return event != EVENT_CONFIRM && event != EVENT_UNDO && event != EVENT_PARDON &&
	       !(event >= EVENT_RESTORE_PENDING && event <= EVENT_UNDO_SUSPENDED);
}

static gboolean is_no_pardon(enum subscription_event event)
{
	return event != EVENT_PARDON;
}

static gboolean is_any(enum subscription_event event)
{
	return event < SUBSCRIPTION_EVENTS;
}

static void who_left_comes_back_by_confirming_only(void)
{
	static const enum subscription_state left[] = {SUB_UNSUBSCRIBED, SUB_REMOVED};

	for (gsize i = 0; i < G_N_ELEMENTS(left); i++) {
		gboolean without[SUB_STATES] = {FALSE}, with[SUB_STATES] = {FALSE};

		reach(left[i], is_no_confirmation, without);
		reach(left[i], is_any, with);
		g_assert_false(without[SUB_ACTIVE]);
		g_assert_false(without[SUB_PENDING]);
		g_assert_false(without[SUB_SUSPENDED]);
		g_assert_true(with[SUB_ACTIVE]);
	}
}

static void who_complained_comes_back_by_pardon_only(void)
{
	gboolean without[SUB_STATES] = {FALSE}, with[SUB_STATES] = {FALSE};

	reach(SUB_COMPLAINED, is_no_pardon, without);
	for (int state = 0; state < SUB_STATES; state++)
		g_assert_false(without[state]);
	reach(SUB_COMPLAINED, is_any, with);
	g_assert_true(with[SUB_ACTIVE]);
}

/* What bounces did may be taken back; what people and operators did may not, and nobody loses his mail by it.
 */
static void taking_back_reaches_only_what_bounces_did(void)
{
	for (int freeze = 0; freeze < 2; freeze++) {
		for (int from = 0; from <= SUB_STATES; from++) {
			for (int cause = 0; cause <= CAUSE_COMPLAINT; cause++) {
				for (int to = 0; to <= SUB_STATES; to++) {
					gboolean was_bounced = cause == CAUSE_BOUNCE || cause == CAUSE_DOMAIN;
					gboolean may = from == to && to <= SUB_SUSPENDED;
					enum subscription_event event = SUBSCRIPTION_EVENTS;
					enum subscription_cause why;
					enum subscription_state reached;

					may = may || (from == SUB_SUSPENDED && to == SUB_ACTIVE) ||
					      (from == SUB_REMOVED && was_bounced && to <= SUB_SUSPENDED);
					g_assert_cmpint(
					        subscription_event_back(freeze, (enum subscription_state)from,
					                                (enum subscription_cause)cause,
					                                (enum subscription_state)to, &event),
					        ==, may);
					if (!may)
						continue;
					g_assert_cmpstr(subscription_event_name(event), ==,
					                freeze ? "freeze" : "undo");
					g_assert_true(subscription_move((enum subscription_state)from, event,
					                                &reached, &why));
					g_assert_cmpint(reached, ==, to);
				}
			}
		}
	}
}

static void everybody_can_leave_and_complain(void)
{
	for (int from = 0; from < SUB_STATES; from++) {
		enum subscription_state to = (enum subscription_state)from;
		enum subscription_cause cause;

		(void)subscription_move((enum subscription_state)from, EVENT_UNSUBSCRIBE, &to, &cause);
		g_assert_true(to == SUB_UNSUBSCRIBED || to == SUB_COMPLAINED);
		(void)subscription_move((enum subscription_state)from, EVENT_COMPLAINT, &to, &cause);
		g_assert_cmpint(to, ==, SUB_COMPLAINED);
	}
}

/* Who may get what, in the order of the states P A S R U C and none; 'h': within the hour only. */
static void mailings_reach_only_whom_they_may(void)
{
	static const struct {
		enum mailing_kind kind;
		const char *free, *suppressed;
	} table[] = {
	        {MAILING_CAMPAIGN, ".x.....", "......."},
	        {MAILING_CONFIRM, "xxxxx..", "......."},
	        {MAILING_ALREADY_SUBSCRIBED, "xxxxx..", "......."},
	        {MAILING_PROBE, "..x....", "......."},
	        {MAILING_GOODBYE, "....h..", "......."},
	        {MAILING_NOTICE, "xxxxxxx", "xxxxxxx"},
	        {MAILING_TEST, "xxxxxxx", "xxxxxxx"},
	};
	static const gint64 ages[] = {0, 1, 3600, 3601, 86400, 40 * G_GINT64_CONSTANT(31536000)};

	g_assert_cmpuint(G_N_ELEMENTS(table), ==, MAILING_KINDS);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		for (int state = 0; state <= SUB_NONE; state++) {
			for (gsize j = 0; j < 2 * G_N_ELEMENTS(ages); j++) {
				gboolean is_suppressed = j % 2 == 1;
				gint64 age = ages[j / 2];
				char word = (is_suppressed ? table[i].suppressed : table[i].free)[state];
				gboolean may = word == 'x' || (word == 'h' && age <= 3600);

				g_assert_cmpint(subscription_may_get(table[i].kind,
				                                     (enum subscription_state)state,
				                                     is_suppressed, age),
				                ==, may);
			}
		}
	}
}

static void words_are_those_of_the_contract(void)
{
	static const char *const states[] = {"pending", "active",       "suspended",
	                                     "removed", "unsubscribed", "complained"};
	static const char *const causes[] = {"", "bounce", "domain", "admin", "request", "complaint"};
	static const char *const kinds[] = {"campaign", "confirm", "already-subscribed", "probe", "goodbye",
	                                    "notice",   "test"};
	enum subscription_state state;
	enum subscription_cause cause;
	enum mailing_kind kind;

	for (int i = 0; i < SUB_STATES; i++) {
		g_assert_cmpstr(subscription_state_name((enum subscription_state)i), ==, states[i]);
		g_assert_true(subscription_state_read(states[i], &state));
		g_assert_cmpint(state, ==, i);
	}
	for (int i = 0; i < (int)G_N_ELEMENTS(causes); i++) {
		g_assert_cmpstr(subscription_cause_name((enum subscription_cause)i), ==, causes[i]);
		g_assert_true(subscription_cause_read(causes[i], &cause));
		g_assert_cmpint(cause, ==, i);
	}
	for (int i = 0; i < MAILING_KINDS; i++) {
		g_assert_cmpstr(mailing_kind_name((enum mailing_kind)i), ==, kinds[i]);
		g_assert_true(mailing_kind_read(kinds[i], &kind));
		g_assert_cmpint(kind, ==, i);
	}
	for (int i = 0; i < SUBSCRIPTION_EVENTS; i++)
		g_assert_true(g_regex_match_simple(
		        "^[a-z-]+$", subscription_event_name((enum subscription_event)i), 0, 0));
	g_assert_cmpstr(subscription_state_name(SUB_NONE), ==, "");
	g_assert_true(subscription_cause_read(NULL, &cause));
	g_assert_cmpint(cause, ==, CAUSE_NONE);
	g_assert_false(subscription_state_read("", &state));
	g_assert_false(subscription_state_read("Active", &state));
	g_assert_false(subscription_cause_read("bounces", &cause));
	g_assert_false(mailing_kind_read("", &kind));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/subscription/every_pair_moves_as_promised", every_pair_moves_as_promised);
	g_test_add_func("/subscription/an_import_changes_nobody_who_is_there",
	                an_import_changes_nobody_who_is_there);
	g_test_add_func("/subscription/who_left_comes_back_by_confirming_only",
	                who_left_comes_back_by_confirming_only);
	g_test_add_func("/subscription/who_complained_comes_back_by_pardon_only",
	                who_complained_comes_back_by_pardon_only);
	g_test_add_func("/subscription/taking_back_reaches_only_what_bounces_did",
	                taking_back_reaches_only_what_bounces_did);
	g_test_add_func("/subscription/everybody_can_leave_and_complain", everybody_can_leave_and_complain);
	g_test_add_func("/subscription/mailings_reach_only_whom_they_may", mailings_reach_only_whom_they_may);
	g_test_add_func("/subscription/words_are_those_of_the_contract", words_are_those_of_the_contract);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/spf.h"

#include "lib/base/limits.h"
#include "lib/model/spf_macro.h"
#include "lib/model/spf_record.h"

#include <string.h>

enum { NAMES_MAX = 10 }; /* of MX and PTR records in one look-up, RFC 7208 4.6.4 */

struct check {
	const struct spf_query *query;
	lookup_ask ask;
	void *user;
	struct spf_address address;
	char *dotted; /* for %{i} */
	char *ip_text;
	char *sender, *local_part, *sender_domain;
	struct spf_report report;
};

/* Of one term. */
enum match { NO_MATCH, MATCH, TEMPERROR, PERMERROR, WAITING };

const char *spf_result_name(enum spf_result result)
{
	static const char *const names[] = {
	        [SPF_NONE] = "none",           [SPF_NEUTRAL] = "neutral",   [SPF_PASS] = "pass",
	        [SPF_FAIL] = "fail",           [SPF_SOFTFAIL] = "softfail", [SPF_TEMPERROR] = "temperror",
	        [SPF_PERMERROR] = "permerror", [SPF_WAITING] = "waiting",
	};

	return names[result];
}

void spf_report_clear(struct spf_report *report)
{
	g_clear_pointer(&report->why, g_free);
	g_clear_pointer(&report->explanation, g_free);
}

static void say(struct check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(struct check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_free(check->report.why);
	check->report.why = g_strdup_vprintf(format, args);
	va_end(args);
	for (char *at = check->report.why; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

gboolean spf_is_record(const char *text)
{
	return g_ascii_strncasecmp(text, "v=spf1", 6) == 0 && (text[6] == '\0' || text[6] == ' ');
}

gboolean spf_look(const char *text, struct spf_look *look_out, char **why_out)
{
	struct spf_record *record = spf_record_read(text, why_out);

	*look_out = (struct spf_look){0};
	if (record == NULL)
		return FALSE;
	look_out->has_redirect = record->redirect != NULL;
	for (guint i = 0; i < record->terms->len; i++) {
		const struct spf_term *term = record->terms->pdata[i];

		look_out->has_ptr = look_out->has_ptr || term->mechanism == SPF_PTR;
		if (term->mechanism == SPF_ALL && look_out->all == 0)
			look_out->all = term->qualifier;
	}
	spf_record_free(record);
	return TRUE;
}

/* Labels of 1 to 63 bytes, two or more (4.3). */
static gboolean is_name(const char *domain)
{
	gsize len = strlen(domain);
	guint labels = 0;

	if (len == 0 || len > LIMIT_DOMAIN)
		return FALSE;
	for (const char *at = domain; *at != '\0'; labels++) {
		gsize label = strcspn(at, ".");

		if (label == 0 || label > LIMIT_LABEL)
			return FALSE;
		at += label;
		if (*at == '.')
			at++;
	}
	return labels >= 2;
}

static struct lookup look_up(struct check *check, enum lookup_type type, const char *name)
{
	return check->ask(type, name, check->user);
}

/* What stops a term, as far as the answer to its own question does. */
static enum match judge_answer(struct check *check, const struct lookup *answer, const char *name)
{
	switch (answer->outcome) {
	case LOOKUP_FOUND: return MATCH;
	case LOOKUP_WAIT: return WAITING;
	case LOOKUP_FAILED: say(check, "the look-up of %s failed", name); return TEMPERROR;
	case LOOKUP_NOTHING: break;
	}
	if (++check->report.voids <= SPF_VOIDS_MAX)
		return NO_MATCH;
	say(check, "more than %d look-ups found nothing, the last of %s", SPF_VOIDS_MAX, name);
	return PERMERROR;
}

static enum lookup_type address_type(const struct check *check)
{
	return check->address.len == 4 ? LOOKUP_A : LOOKUP_AAAA;
}

static gboolean has_address(const struct check *check, const char *const *texts, const struct spf_term *term)
{
	guint bits = check->address.len == 4 ? term->bits4 : term->bits6;
	struct spf_address found;

	for (guint i = 0; texts[i] != NULL; i++)
		if (spf_address_read(texts[i], &found) && spf_address_in(&check->address, &found, bits))
			return TRUE;
	return FALSE;
}

static gboolean is_within(const char *name, const char *domain)
{
	gsize len = strlen(name), domain_len = strlen(domain);

	return len >= domain_len && g_ascii_strcasecmp(name + len - domain_len, domain) == 0 &&
	       (len == domain_len || name[len - domain_len - 1] == '.');
}

/*
 * The name of the client that resolves back to it: for %{p} the domain's own or one below it, if there is
 * one; for ptr only such a one. *name_out stays NULL without one; a failing look-up is no error here (5.5).
 * FALSE: wait.
 */
static gboolean find_validated(struct check *check, const char *domain, gboolean is_any, gboolean counts,
                               enum match *match_out, char **name_out)
{
	const struct spf_term whole = {.bits4 = 32, .bits6 = 128};
	struct lookup names = look_up(check, LOOKUP_PTR, check->ip_text);
	const char *other = NULL;

	*match_out = NO_MATCH;
	if (names.outcome == LOOKUP_WAIT)
		return FALSE;
	if (names.outcome == LOOKUP_NOTHING && counts)
		*match_out = judge_answer(check, &names, check->ip_text);
	if (names.outcome != LOOKUP_FOUND)
		return TRUE;
	for (guint i = 0; i < NAMES_MAX && names.texts[i] != NULL && *name_out == NULL; i++) {
		struct lookup answer = look_up(check, address_type(check), names.texts[i]);

		if (answer.outcome == LOOKUP_WAIT)
			return FALSE;
		if (answer.outcome != LOOKUP_FOUND || !has_address(check, answer.texts, &whole))
			continue;
		if (is_within(names.texts[i], domain))
			*name_out = g_strdup(names.texts[i]);
		else if (other == NULL)
			other = names.texts[i];
	}
	if (*name_out == NULL && is_any)
		*name_out = g_strdup(other);
	return TRUE;
}

/* FALSE: wait. Free *text_out. */
static gboolean expand(struct check *check, const char *spec, const char *domain, gboolean is_domain,
                       char **text_out)
{
	g_autofree char *validated = NULL;
	struct spf_macro_values values = {
	        .sender = check->sender,
	        .local_part = check->local_part,
	        .sender_domain = check->sender_domain,
	        .domain = domain,
	        .helo = check->query->helo,
	        .ip = check->dotted,
	        .ip_text = check->ip_text,
	        .validated = "unknown",
	        .is_ipv6 = check->address.len == 16,
	        .now = check->query->now,
	};
	enum match ignored;

	if (spf_macro_wants_validated(spec)) {
		if (!find_validated(check, domain, TRUE, FALSE, &ignored, &validated))
			return FALSE;
		if (validated != NULL)
			values.validated = validated;
	}
	*text_out = is_domain ? spf_macro_expand_domain(spec, &values) : spf_macro_expand(spec, &values);
	return TRUE;
}

static enum match match_hosts(struct check *check, const struct spf_term *term, const char *name)
{
	struct lookup hosts = look_up(check, LOOKUP_MX, name);
	enum match match = judge_answer(check, &hosts, name);
	gboolean is_waiting = FALSE;

	if (match != MATCH)
		return match;
	if (g_strv_length((char **)hosts.texts) > NAMES_MAX) {
		say(check, "%s has more than %d mail exchangers", name, NAMES_MAX);
		return PERMERROR;
	}
	for (guint i = 0; hosts.texts[i] != NULL; i++) {
		struct lookup answer = look_up(check, address_type(check), hosts.texts[i]);

		/* all of them are asked for before the first is waited for */
		if (answer.outcome == LOOKUP_WAIT) {
			is_waiting = TRUE;
		} else if (is_waiting) {
			continue;
		} else if (answer.outcome == LOOKUP_FAILED) {
			return judge_answer(check, &answer, hosts.texts[i]);
		} else if (answer.outcome == LOOKUP_FOUND && has_address(check, answer.texts, term)) {
			return MATCH;
		}
	}
	return is_waiting ? WAITING : NO_MATCH;
}

static enum match match_name(struct check *check, const struct spf_term *term, const char *name)
{
	enum lookup_type type = term->mechanism == SPF_EXISTS ? LOOKUP_A : address_type(check);
	struct lookup answer;
	enum match match;

	/* what no name can be is not asked for (4.8) */
	if (!is_name(name))
		return NO_MATCH;
	if (term->mechanism == SPF_MX)
		return match_hosts(check, term, name);
	answer = look_up(check, type, name);
	match = judge_answer(check, &answer, name);
	if (match != MATCH || term->mechanism == SPF_EXISTS)
		return match;
	return has_address(check, answer.texts, term) ? MATCH : NO_MATCH;
}

static enum match match_ptr(struct check *check, const char *name)
{
	g_autofree char *validated = NULL;
	enum match match;

	if (!find_validated(check, name, FALSE, TRUE, &match, &validated))
		return WAITING;
	return validated != NULL ? MATCH : match;
}

static enum spf_result check_domain(struct check *check, const char *domain, gboolean is_outermost);

/* 5.2 */
static enum match match_include(struct check *check, const char *name)
{
	switch (check_domain(check, name, FALSE)) {
	case SPF_PASS: return MATCH;
	case SPF_NEUTRAL:
	case SPF_FAIL:
	case SPF_SOFTFAIL: return NO_MATCH;
	case SPF_TEMPERROR: return TEMPERROR;
	case SPF_WAITING: return WAITING;
	case SPF_NONE: say(check, "include of %s, which has no SPF record", name); return PERMERROR;
	case SPF_PERMERROR: return PERMERROR;
	}
	return PERMERROR;
}

static gboolean may_ask(struct check *check)
{
	if (++check->report.lookups <= SPF_LOOKUPS_MAX)
		return TRUE;
	say(check, "more than %d terms that need a look-up", SPF_LOOKUPS_MAX);
	return FALSE;
}

static enum match match_term(struct check *check, const struct spf_term *term, const char *domain)
{
	g_autofree char *name = NULL;

	if (term->mechanism == SPF_ALL)
		return MATCH;
	if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
		return spf_address_in(&check->address, &term->network,
		                      term->mechanism == SPF_IP4 ? term->bits4 : term->bits6)
		               ? MATCH
		               : NO_MATCH;
	if (!may_ask(check))
		return PERMERROR;
	if (!expand(check, term->domain != NULL ? term->domain : domain, domain, TRUE, &name))
		return WAITING;
	if (term->mechanism == SPF_INCLUDE)
		return match_include(check, name);
	return term->mechanism == SPF_PTR ? match_ptr(check, name) : match_name(check, term, name);
}

static enum spf_result by_qualifier(char qualifier)
{
	switch (qualifier) {
	case '-': return SPF_FAIL;
	case '~': return SPF_SOFTFAIL;
	case '?': return SPF_NEUTRAL;
	default: return SPF_PASS;
	}
}

static gboolean is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return FALSE;
	return TRUE;
}

/* What exp= says is a gift: whatever is wrong with it, it is left out (6.2). FALSE: wait. */
static gboolean explain(struct check *check, const char *exp, const char *domain)
{
	g_autofree char *name = NULL;
	struct lookup answer;

	if (!expand(check, exp, domain, TRUE, &name))
		return FALSE;
	if (!is_name(name))
		return TRUE;
	answer = look_up(check, LOOKUP_TXT, name);
	if (answer.outcome == LOOKUP_WAIT)
		return FALSE;
	if (answer.outcome != LOOKUP_FOUND || answer.texts[1] != NULL || !is_ascii(answer.texts[0]) ||
	    !spf_macro_is_string(answer.texts[0], TRUE))
		return TRUE;
	return expand(check, answer.texts[0], domain, FALSE, &check->report.explanation);
}

static enum spf_result follow(struct check *check, const struct spf_record *record, const char *domain,
                              gboolean is_outermost)
{
	g_autofree char *name = NULL;
	enum spf_result result;

	if (record->redirect == NULL) {
		say(check, "no term of %s matches", domain);
		return SPF_NEUTRAL;
	}
	if (!may_ask(check))
		return SPF_PERMERROR;
	if (!expand(check, record->redirect, domain, TRUE, &name))
		return SPF_WAITING;
	result = check_domain(check, name, is_outermost);
	if (result != SPF_NONE)
		return result;
	say(check, "redirect to %s, which has no SPF record", name);
	return SPF_PERMERROR;
}

static enum spf_result run_record(struct check *check, const struct spf_record *record, const char *domain,
                                  gboolean is_outermost)
{
	for (guint i = 0; i < record->terms->len; i++) {
		const struct spf_term *term = record->terms->pdata[i];
		enum spf_result result;

		switch (match_term(check, term, domain)) {
		case NO_MATCH: continue;
		case TEMPERROR: return SPF_TEMPERROR;
		case PERMERROR: return SPF_PERMERROR;
		case WAITING: return SPF_WAITING;
		case MATCH: break;
		}
		result = by_qualifier(term->qualifier);
		say(check, "%s of %s", term->text, domain);
		if (result == SPF_FAIL && is_outermost && record->exp != NULL &&
		    !explain(check, record->exp, domain))
			return SPF_WAITING;
		return result;
	}
	return follow(check, record, domain, is_outermost);
}

/* The one record among the texts of a domain. NULL with *result_out where there is not just one. */
static const char *choose(struct check *check, const struct lookup *answer, const char *domain,
                          enum spf_result *result_out)
{
	const char *found = NULL;

	*result_out = SPF_NONE;
	say(check, "%s has no SPF record", domain);
	for (guint i = 0; answer->outcome == LOOKUP_FOUND && answer->texts[i] != NULL; i++) {
		if (!spf_is_record(answer->texts[i]))
			continue;
		if (found != NULL) {
			say(check, "%s has more than one SPF record", domain);
			*result_out = SPF_PERMERROR;
			return NULL;
		}
		found = answer->texts[i];
	}
	return found;
}

/* is_outermost: an explanation of this record counts, which one from an include does not. */
static enum spf_result check_domain(struct check *check, const char *domain, gboolean is_outermost)
{
	struct spf_record *record;
	struct lookup answer;
	enum spf_result result;
	g_autofree char *why = NULL;
	const char *text;

	if (!is_name(domain)) {
		say(check, "%s is no domain", domain);
		return SPF_NONE;
	}
	answer = look_up(check, LOOKUP_TXT, domain);
	if (answer.outcome == LOOKUP_WAIT)
		return SPF_WAITING;
	if (answer.outcome == LOOKUP_FAILED) {
		say(check, "the look-up of %s failed", domain);
		return SPF_TEMPERROR;
	}
	text = choose(check, &answer, domain, &result);
	if (text == NULL)
		return result;
	record = spf_record_read(text, &why);
	if (record == NULL) {
		say(check, "%s in the record of %s", why, domain);
		return SPF_PERMERROR;
	}
	result = run_record(check, record, domain, is_outermost);
	spf_record_free(record);
	return result;
}

static char *dot_nibbles(const struct spf_address *address)
{
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < address->len; i++) {
		if (address->len == 4)
			g_string_append_printf(out, "%s%u", i > 0 ? "." : "", address->bytes[i]);
		else
			g_string_append_printf(out, "%s%x.%x", i > 0 ? "." : "", address->bytes[i] >> 4,
			                       address->bytes[i] & 15);
	}
	return g_string_free(out, FALSE);
}

static void set_sender(struct check *check)
{
	const char *sender = check->query->sender != NULL ? check->query->sender : "";
	const char *at = strrchr(sender, '@');

	check->sender_domain = g_strdup(at != NULL ? at + 1 : check->query->domain);
	check->local_part = at != NULL && at > sender ? g_strndup(sender, (gsize)(at - sender))
	                                              : g_strdup("postmaster");
	check->sender = g_strconcat(check->local_part, "@", check->sender_domain, NULL);
}

struct spf_report spf_check(const struct spf_query *query, lookup_ask ask, void *user)
{
	struct check check = {.query = query, .ask = ask, .user = user};

	if (!spf_address_read(query->ip, &check.address)) {
		check.report.result = SPF_PERMERROR;
		say(&check, "%s is no address", query->ip);
		return check.report;
	}
	check.dotted = dot_nibbles(&check.address);
	check.ip_text = check.address.len == 4 ? g_strdup(check.dotted) : g_strdup(query->ip);
	set_sender(&check);
	check.report.result = check_domain(&check, query->domain, TRUE);
	g_free(check.dotted);
	g_free(check.ip_text);
	g_free(check.local_part);
	g_free(check.sender_domain);
	g_free(check.sender);
	return check.report;
}

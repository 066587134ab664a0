// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_dsn.h"

#include "lib/base/limits.h"
#include "lib/mail/report_fields.h"
#include "lib/mail/report_text.h"

#include <gmime/gmime.h>
#include <string.h>

struct block {
	const char *final, *original, *actual, *action, *status, *diagnostic, *remote, *localized, *info;
};

static void replace(char **text, char *with)
{
	g_free(*text);
	*text = with;
}

struct report_recipient *report_recipient_new(const char *address)
{
	struct report_recipient *recipient = g_new0(struct report_recipient, 1);

	recipient->address = report_text_clean(address, -1, LIMIT_ADDRESS);
	recipient->original_address = g_strdup("");
	recipient->action = g_strdup("");
	recipient->status = g_strdup("");
	recipient->reply = g_strdup("");
	recipient->diagnostic = g_strdup("");
	recipient->remote_mta = g_strdup("");
	recipient->phase = g_strdup("");
	return recipient;
}

/* "550-5.7.1 a 550 5.7.1 b" as one text: the codes that repeat those at the start are dropped. */
static char *drop_repeated_codes(const char *text)
{
	gsize head = 0, n;
	GString *out;

	if (g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1]) && g_ascii_isdigit(text[2]) &&
	    text[3] == '-')
		head = 4;
	if (head == 0)
		return g_strdup(text);
	n = strspn(text + head, "0123456789.");
	if (n > 0 && text[head + n] != ' ')
		n = 0;
	out = g_string_new_len(text, (gssize)(head + n));
	for (const char *p = text + head + n; *p != '\0';) {
		gboolean is_code = p[0] == ' ' && strncmp(p + 1, text, 3) == 0 &&
		                   (p[4] == '-' || p[4] == ' ');

		if (is_code && (n == 0 || strncmp(p + 5, text + head, n) == 0)) {
			p += 5 + n;
			if (n == 0 && p[-1] != ' ')
				g_string_append_c(out, ' ');
			continue;
		}
		g_string_append_c(out, *p++);
	}
	out->str[3] = ' ';
	return g_string_free(out, FALSE);
}

static gboolean says_more(const char *found, const char *have)
{
	if (*have == '\0' || report_text_status_is_vague(have))
		return TRUE;
	if (report_text_status_is_vague(found))
		return FALSE;
	return TRUE;
}

/* Some gateways wrap the reply: "5.1.0 - Unknown address error 550-'5.7.1 no' (delivery attempts: 0)". What
 * they say around it is a guess from its first digits. */
static char *unwrap(const char *text)
{
	const char *quote = strstr(text, "-'");
	const char *end = strstr(text, "' (delivery attempts");

	if (quote == NULL || end == NULL || end < quote + 2 || quote - text < 4 || quote[-4] != ' ')
		return g_strdup(text);
	return g_strdup_printf("%.3s %.*s", quote - 3, (int)(end - quote - 2), quote + 2);
}

void report_recipient_set_diagnostic(struct report_recipient *recipient, const char *text)
{
	g_autofree char *clean = report_text_clean(text, -1, LIMIT_REPORT_FIELD);
	g_autofree char *inner = unwrap(clean);
	g_autofree char *joined = drop_repeated_codes(inner);
	char status[REPORT_STATUS_SIZE], reply[4];

	replace(&recipient->diagnostic, report_text_clean(joined, -1, LIMIT_DIAGNOSTIC));
	if ((report_text_status(recipient->diagnostic, status) || report_text_status(clean, status)) &&
	    says_more(status, recipient->status))
		replace(&recipient->status, g_strdup(status));
	if (report_text_reply(recipient->diagnostic, reply))
		replace(&recipient->reply, g_strdup(reply));
	if (*recipient->phase == '\0')
		replace(&recipient->phase, g_strdup(report_text_phase(recipient->diagnostic)));
}

void report_recipient_add(struct report *report, struct report_recipient *recipient)
{
	for (guint i = 0; i < report->recipients->len; i++) {
		struct report_recipient *have = g_ptr_array_index(report->recipients, i);

		if (g_ascii_strcasecmp(have->address, recipient->address) != 0)
			continue;
		if (*have->diagnostic == '\0' && *recipient->diagnostic != '\0') {
			g_ptr_array_index(report->recipients, i) = recipient;
			recipient = have;
		}
		/* freed through the array's own function, which knows all fields */
		g_ptr_array_add(report->recipients, recipient);
		g_ptr_array_remove_index(report->recipients, report->recipients->len - 1);
		return;
	}
	g_ptr_array_add(report->recipients, recipient);
	if (report->recipients->len > LIMIT_REPORT_RECIPIENTS)
		g_ptr_array_set_size(report->recipients, LIMIT_REPORT_RECIPIENTS);
}

/* "\x{E9}" as its character (RFC 6533 3). What is no such character stays as it is. */
static char *decode_unitext(const char *text)
{
	GString *out = g_string_new(NULL);

	while (*text != '\0') {
		char *end = NULL;
		guint64 c = 0;

		if (strncmp(text, "\\x{", 3) == 0)
			c = g_ascii_strtoull(text + 3, &end, 16);
		if (end != NULL && end > text + 3 && *end == '}' && c <= 0x10ffff &&
		    g_unichar_validate((gunichar)c)) {
			g_string_append_unichar(out, (gunichar)c);
			text = end + 1;
		} else {
			g_string_append_c(out, *text++);
		}
	}
	return g_string_free(out, FALSE);
}

/* The address of "rfc822; <a@example.org>", or NULL when the field holds none that mail can be sent to. */
static char *read_address(const char *field)
{
	g_autofree char *decoded = NULL;
	g_autofree char *unitext = NULL;
	const char *text = field;
	const char *semicolon;
	char *address;

	if (field == NULL)
		return NULL;
	if (strstr(field, "=?") != NULL) {
		decoded = g_mime_utils_header_decode_text(NULL, field);
		text = decoded;
	}
	semicolon = strchr(text, ';');
	if (semicolon != NULL && semicolon - text < 16)
		text = semicolon + 1;
	if (semicolon != NULL && g_ascii_strncasecmp(field, "utf-8", 5) == 0)
		text = unitext = decode_unitext(text);
	address = report_text_whole_address(text, strlen(text));
	return address != NULL ? address : report_text_address(text, strlen(text), NULL);
}

/* What stands after "rfc822;" when it is no address: a local user. */
static char *read_local(const char *field)
{
	const char *semicolon = strchr(field, ';');
	g_autofree char *clean = report_text_clean(semicolon != NULL ? semicolon + 1 : field, -1,
	                                           LIMIT_ADDRESS);
	char *start = clean;

	while (*start == '<' || *start == ' ')
		start++;
	start[strcspn(start, "> ")] = '\0';
	return g_strdup(start);
}

static const char *after_type(const char *value)
{
	const char *semicolon = strchr(value, ';');

	/* the words of a program, not of a server: who says it matters */
	if (g_ascii_strncasecmp(value, "x-unix", 6) == 0)
		return value;
	if (semicolon == NULL || semicolon - value > 24 || strcspn(value, " \t") < (gsize)(semicolon - value))
		return value;
	return semicolon + 1;
}

static char *read_action(const char *value)
{
	static const char *const known[] = {"failed", "delayed", "delivered", "relayed", "expanded"};
	g_autofree char *lower = g_ascii_strdown(value, 16);

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_str_has_prefix(lower, known[i]))
			return g_strdup(known[i]);
	/* what some write for it */
	if (g_str_has_prefix(lower, "fail") || g_str_has_prefix(lower, "error") ||
	    g_str_has_prefix(lower, "expired") || g_str_has_prefix(lower, "bounce") ||
	    g_str_has_prefix(lower, "undeliver"))
		return g_strdup("failed");
	if (g_str_has_prefix(lower, "delay") || g_str_has_prefix(lower, "deferred"))
		return g_strdup("delayed");
	return g_strdup("");
}

/* "user@server" is a name of an inner system. */
static gboolean has_dot_in_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && strchr(at, '.') != NULL;
}

/* "a@example.org, b@example.org" in one field: the others share the rest of the block. */
static void add_others(struct report *report, const char *field, const struct report_recipient *first)
{
	const char *rest = field != NULL ? strchr(field, ',') : NULL;
	char *address;

	if (rest == NULL || strchr(field, '@') == NULL || strchr(field, '/') != NULL ||
	    strchr(field, ':') != NULL)
		return;
	while ((address = report_text_address(rest, strlen(rest), &rest)) != NULL) {
		struct report_recipient *other = report_recipient_new(address);

		replace(&other->action, g_strdup(first->action));
		replace(&other->status, g_strdup(first->status));
		replace(&other->reply, g_strdup(first->reply));
		replace(&other->diagnostic, g_strdup(first->diagnostic));
		replace(&other->remote_mta, g_strdup(first->remote_mta));
		replace(&other->phase, g_strdup(first->phase));
		report_recipient_add(report, other);
		g_free(address);
	}
}

static void finish_block(struct report *report, struct block *block)
{
	g_autofree char *final = read_address(block->final);
	g_autofree char *original = read_address(block->original);
	g_autofree char *actual = read_address(block->actual);
	struct report_recipient *recipient;
	char status[REPORT_STATUS_SIZE];

	if (final != NULL && original != NULL && !has_dot_in_domain(final) && has_dot_in_domain(original)) {
		g_free(final);
		final = NULL;
	}
	if (final == NULL)
		final = original != NULL ? g_strdup(original) : g_steal_pointer(&actual);
	if (final == NULL && block->final != NULL)
		final = read_local(block->final);
	if (final == NULL || *final == '\0') {
		memset(block, 0, sizeof(*block));
		return;
	}
	recipient = report_recipient_new(final);
	if (original != NULL)
		replace(&recipient->original_address, report_text_clean(original, -1, LIMIT_ADDRESS));
	if (block->action != NULL)
		replace(&recipient->action, read_action(block->action));
	if (block->status != NULL && report_text_read_status(block->status, status))
		replace(&recipient->status, g_strdup(status));
	if (block->remote != NULL)
		replace(&recipient->remote_mta,
		        report_text_clean(after_type(block->remote), -1, LIMIT_DOMAIN));
	if (block->diagnostic != NULL)
		report_recipient_set_diagnostic(recipient, after_type(block->diagnostic));
	else if (block->localized != NULL)
		report_recipient_set_diagnostic(recipient, after_type(block->localized));
	else if (block->info != NULL)
		report_recipient_set_diagnostic(recipient, block->info);
	/* the words that some put behind the code in Status itself */
	else if (block->status != NULL && strchr(block->status, '(') != NULL)
		report_recipient_set_diagnostic(recipient, block->status);
	/* before the first is given away: an address that was there already frees it */
	add_others(report, block->final, recipient);
	report_recipient_add(report, recipient);
	memset(block, 0, sizeof(*block));
}

/* The slot of a per-recipient field, NULL when it is none. */
static const char **slot_of(struct block *block, const char *name)
{
	struct {
		const char *name;
		const char **slot;
	} slots[] = {
	        {"final-recipient", &block->final},
	        {"original-recipient", &block->original},
	        {"x-actual-recipient", &block->actual},
	        {"action", &block->action},
	        {"status", &block->status},
	        {"diagnostic-code", &block->diagnostic},
	        {"remote-mta", &block->remote},
	        {"localized-diagnostic", &block->localized},
	        {"x-supplementary-info", &block->info},
	        {"x400-supplementary-info", &block->info},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(slots); i++)
		if (strcmp(name, slots[i].name) == 0)
			return slots[i].slot;
	return NULL;
}

/* A field that repeats one of the block opens the next, unless it is but said twice. */
static gboolean opens_next(const struct block *block, const char *name, const char *taken, const char *value)
{
	if (taken == NULL || (block->final == NULL && block->original == NULL))
		return FALSE;
	if (strcmp(name, "final-recipient") == 0 || strcmp(name, "original-recipient") == 0)
		return g_ascii_strcasecmp(taken, value) != 0;
	return strcmp(name, "action") == 0 && block->status != NULL && g_ascii_strcasecmp(taken, value) != 0;
}

gboolean report_dsn_read(struct report *report, const char *text)
{
	g_autoptr(GPtrArray) fields = report_fields_read(text, FALSE);
	struct block block = {0};

	for (guint i = 0; i < fields->len; i++) {
		const struct report_field *field = g_ptr_array_index(fields, i);
		const char **slot = slot_of(&block, field->name);

		if (strcmp(field->name, "reporting-mta") == 0 && *report->reporting_mta == '\0')
			replace(&report->reporting_mta,
			        report_text_clean(after_type(field->value), -1, LIMIT_DOMAIN));
		if (slot == NULL)
			continue;
		if ((field->is_first && block.final != NULL && block.action != NULL) ||
		    opens_next(&block, field->name, *slot, field->value)) {
			finish_block(report, &block);
			slot = slot_of(&block, field->name);
		}
		if (*slot == NULL || **slot == '\0')
			*slot = field->value;
	}
	finish_block(report, &block);
	return report->recipients->len > 0;
}

gboolean report_dsn_is_in(const char *text)
{
	for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
		while (*p == '\n' || *p == ' ' || *p == '\t' || *p == '>')
			p++;
		if (g_ascii_strncasecmp(p, "final-recipient", 15) == 0 ||
		    g_ascii_strncasecmp(p, "original-recipient", 18) == 0)
			return TRUE;
	}
	return FALSE;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include <glib.h>

#include "lib/mail/template.h"

/*
 * Make messages. A composition is one mailing's content, prepared once; each recipient's copy is rendered from it.
 * What comes out: RFC 5322 with strict CRLF, 7-bit clean (quoted-printable or base64), lines of at most 998 bytes,
 * one of each header, multipart/alternative with the text first (RFC 2046 5.1.4), attachments in multipart/mixed.
 */
struct compose;

/* Content as the user gives it. Texts are UTF-8 templates; NULL where not given. */
struct compose_content {
	const char *from;    /* "Title <addr>", not a template; one address */
	const char *reply_to; /* the same, or NULL */
	const char *subject; /* template */
	const char *text;    /* template, or NULL: made from html */
	const char *html;    /* template, or NULL */
	GPtrArray *attachments; /* of struct compose_attachment *, or NULL */
};

struct compose_attachment {
	char *name;
	char *type;   /* "application/pdf"; NULL: guessed from the name */
	GBytes *bytes;
	char *content_id; /* of an image that the HTML shows ("cid:..."), without <>; NULL: an ordinary attachment */
};

/* What differs per list and kind of mailing, all may be NULL but the first two. Not templates. */
struct compose_list {
	const char *message_id_domain; /* put behind a message_id that has no "@" */
	const char *list_id;       /* "news.lists.example.org"; may be NULL when not is_bulk */
	const char *list_title;
	const char *help;          /* URI, e.g. "mailto:news-help@..." */
	const char *owner;         /* URI */
	const char *subscribe;     /* URI */
	const char *feedback_id;   /* whole value of Feedback-ID */
	gboolean is_bulk;          /* list mail: List-*, Precedence: bulk; otherwise Auto-Submitted: auto-generated */
};

/* What differs per copy. Borrowed for the call. */
struct compose_copy {
	const char *to;              /* addr-spec, validated by lib/model/address */
	const char *to_name;         /* display name, or NULL */
	const char *message_id;      /* without <> */
	gint64 date;                 /* Unix seconds */
	const char *unsubscribe_url;    /* for List-Unsubscribe, with One-Click when it is https; NULL: no such headers */
	const char *unsubscribe_mailto; /* "u+TOKEN@..." */
	template_lookup lookup;
	void *user;
};

/* FAILURE_DATA naming the part ("subject: line 1: ..."). Borrows nothing. list is read now, too. A blank text counts
 * as not given. */
struct compose *compose_new(const struct compose_content *content, const struct compose_list *list, GError **error);
void compose_free(struct compose *compose);

/* Fields used anywhere in it, as template_fields(). */
GPtrArray *compose_fields(const struct compose *compose, gboolean only_without_default);

/* Does a reader see the field, or a link to it, in each text part (the plain text, and the HTML if there is one)? A
 * comment or a hidden element does not count. For {{unsubscribe_url}}. */
gboolean compose_has_in_each_part(const struct compose *compose, const char *field);

/* One copy. FAILURE_DATA when a line or the whole would pass the limits. Safe for several threads at once. */
GBytes *compose_render(const struct compose *compose, const struct compose_copy *copy, GError **error);

/*
 * Take content out of an .eml that a user wrote: From, Reply-To, Subject, its text and HTML parts, attachments.
 * FAILURE_DATA without From, with several, without a body that can be read, or with a broken MIME tree.
 * Other headers are not taken over. Free with compose_content_free().
 */
struct compose_content *compose_content_from_message(const void *bytes, gsize len, GError **error);
void compose_content_free(struct compose_content *content);

/* Plain text for a reader who gets no HTML: paragraphs, lists, links as "text <url>" ({{fields}} survive). */
char *compose_text_from_html(const char *html);

#endif

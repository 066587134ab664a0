// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_HTML_PLACE_H
#define MAIL_HTML_PLACE_H

#include <glib.h>

/*
 * Where in a piece of HTML we stand, so that a value put in there is escaped for that place. A tokenizer after the
 * HTML standard's (13.2.5), fed with the literal texts between the fields. It makes no tree and refuses nothing.
 */
enum html_place {
	HTML_PLACE_TEXT,      /* between tags, in a comment, or in a quoted attribute value */
	HTML_PLACE_UNQUOTED,  /* in an attribute value without quotes: blanks would end it */
	HTML_PLACE_URL_WHOLE, /* the value is all of an address, or all that stands before its path, query or fragment */
	HTML_PLACE_URL_PART,  /* inside of an address */
	HTML_PLACE_STYLE,     /* in CSS */
	HTML_PLACE_FORBIDDEN, /* in a script, an event handler, a script address, or in a tag but not in a value */
};

enum html_place_state {
	HTML_DATA,
	HTML_TAG_OPEN, /* after "<" */
	HTML_TAG_NAME,
	HTML_IN_TAG,   /* between attributes */
	HTML_ATTRIBUTE_NAME,
	HTML_BEFORE_VALUE,
	HTML_VALUE,    /* quote says how it ends */
	HTML_DECLARATION,
	HTML_COMMENT,
};

/* All zero is the start of a document. */
struct html_scanner {
	enum html_place_state state;
	char quote;       /* of a value: '"', '\'', or 0 for none */
	char name[16];    /* of the tag, lower case, cut */
	char attribute[16];
	char value[12];   /* how the value begins, lower case, without blanks, cut */
	gboolean is_closing;
	gboolean has_field; /* the value has had a field */
	char raw[8];      /* in the content of this element ("script", "style"), or "" */
	guint dashes;     /* just seen, in a comment */
};

void html_scanner_feed(struct html_scanner *scanner, const char *text, gsize len);

/* The place of a field that stands here; after: the text that follows it. */
enum html_place html_scanner_field(struct html_scanner *scanner, const char *after, gsize len);

#endif

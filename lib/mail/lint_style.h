// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_LINT_STYLE_H
#define MAIL_LINT_STYLE_H

#include <glib.h>

/* As much of CSS as is needed to know whether a reader sees a text. Inside lib/mail only. */

struct lint_style {
	gboolean is_hidden;
	guint32 colour; /* 0xRRGGBB */
	guint32 ground;
};

/* Black on white, seen. */
extern const struct lint_style lint_style_plain;

/* What a style attribute's text changes. Unknown words are passed over. */
void lint_style_apply(struct lint_style *style, const char *text);

/* A colour as in CSS and in <font color>: "#fff", "#ffffff", "rgb(1,2,3)", a few names. */
gboolean lint_style_colour(const char *text, guint32 *colour_out);

/* Contrast of text and ground, 1 to 21 (WCAG 2). */
double lint_style_contrast(const struct lint_style *style);

#endif

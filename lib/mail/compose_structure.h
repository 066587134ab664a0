// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_COMPOSE_STRUCTURE_H
#define MAIL_COMPOSE_STRUCTURE_H

#include "lib/mail/compose.h"
#include "lib/mail/compose_encode.h"

/*
 * The MIME structure of a mailing, made once by GMime and cut where a copy's own text goes: constant bytes and
 * bodies take turns. Boundaries hold "=_", which neither encoding of a body can write.
 */
enum compose_body { COMPOSE_BODY_NONE, COMPOSE_BODY_TEXT, COMPOSE_BODY_HTML };

/* Constant bytes, then the body that follows them. */
struct compose_piece {
	char *bytes;
	gsize len;
	enum compose_body body;
};

struct compose_structure {
	GArray *pieces; /* of struct compose_piece; the first starts with the headers Content-Type and so on */
	gsize len;      /* of all constant bytes */
};

/* What there is to arrange. */
struct compose_shape {
	gboolean has_html; /* there is always a text */
	enum compose_encoding text_encoding;
	enum compose_encoding html_encoding;
	const GPtrArray *attachments; /* of struct compose_attachment *, or NULL */
};

/* FAILURE_DATA for attachments that together pass LIMIT_MESSAGE_OUT. */
gboolean compose_structure_init(struct compose_structure *structure, const struct compose_shape *shape,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
void compose_structure_clear(struct compose_structure *structure);

#endif

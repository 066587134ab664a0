// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_SPF_RECORD_H
#define MODEL_SPF_RECORD_H

#include <glib.h>

/* The text of an SPF record taken apart (RFC 7208 12). Hostile input. */
enum spf_mechanism { SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6, SPF_EXISTS };

struct spf_address {
	gsize len; /* 4 or 16; 0: none */
	unsigned char bytes[16];
};

struct spf_term {
	enum spf_mechanism mechanism;
	char qualifier;             /* + - ~ ? */
	char *text;                 /* as written */
	char *domain;               /* a domain-spec, its macros not expanded, or NULL */
	struct spf_address network; /* SPF_IP4, SPF_IP6 */
	guint bits4, bits6;         /* how much of an address is compared */
};

struct spf_record {
	GPtrArray *terms; /* of struct spf_term * */
	char *redirect;   /* domain-specs or NULL */
	char *exp;
};

/* text begins with "v=spf1". NULL for a fault anywhere in the record; *why_out then tells it, to be freed. */
struct spf_record *spf_record_read(const char *text, char **why_out);
void spf_record_free(struct spf_record *record);

/* An IPv4 address written as IPv6 is IPv4 (RFC 7208 5). */
gboolean spf_address_read(const char *text, struct spf_address *address_out);

/* Do the first bits agree? Addresses of different kinds do not. */
gboolean spf_address_in(const struct spf_address *address, const struct spf_address *network, guint bits);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/dns_record.h"

#include <arpa/inet.h>
#include <string.h>

enum { NAME_MAX_BYTES = 255, LABEL_MAX_BYTES = 63 };

void dns_record_free(struct dns_record *record)
{
	if (record == NULL)
		return;
	g_free(record->text);
	g_free(record);
}

static struct dns_record *make(char *text, gsize len, int preference)
{
	struct dns_record *record = g_new0(struct dns_record, 1);

	record->text = text;
	record->len = len;
	record->preference = preference;
	return record;
}

/* A dot within a label is escaped, too: it must not look like the border of one. */
static void add_byte(GString *out, unsigned char byte)
{
	if (g_ascii_isalnum(byte) || byte == '-' || byte == '_')
		g_string_append_c(out, g_ascii_tolower((char)byte));
	else
		g_string_append_printf(out, "\\%03u", byte);
}

static char *read_name(const unsigned char *bytes, gsize len)
{
	g_autoptr(GString) out = g_string_new(NULL);
	gsize at = 0;

	while (at < len && bytes[at] != 0) {
		gsize label = bytes[at++];

		if (label > LABEL_MAX_BYTES || label > len - at)
			return NULL;
		if (out->len > 0)
			g_string_append_c(out, '.');
		for (gsize i = 0; i < label; i++)
			add_byte(out, bytes[at + i]);
		at += label;
	}
	if (at + 1 != len || len > NAME_MAX_BYTES)
		return NULL;
	return g_strdup(out->str);
}

static struct dns_record *read_address(int family, gsize wanted, const unsigned char *bytes, gsize len)
{
	char text[INET6_ADDRSTRLEN];

	if (len != wanted || inet_ntop(family, bytes, text, sizeof(text)) == NULL)
		return NULL;
	return make(g_strdup(text), strlen(text), 0);
}

static struct dns_record *read_strings(const unsigned char *bytes, gsize len)
{
	g_autoptr(GString) out = g_string_new(NULL);
	gsize size;

	for (gsize at = 0; at < len; at += size) {
		size = bytes[at++];
		if (size > len - at)
			return NULL;
		g_string_append_len(out, (const char *)bytes + at, (gssize)size);
	}
	return make(g_memdup2(out->str, out->len + 1), out->len, 0);
}

struct dns_record *dns_record_read(enum dns_type type, const unsigned char *bytes, gsize len)
{
	int preference = 0;
	char *name;

	switch (type) {
	case DNS_A: return read_address(AF_INET, 4, bytes, len);
	case DNS_AAAA: return read_address(AF_INET6, 16, bytes, len);
	case DNS_TXT: return read_strings(bytes, len);
	case DNS_MX:
		if (len < 3)
			return NULL;
		preference = bytes[0] << 8 | bytes[1];
		bytes += 2;
		len -= 2;
		break;
	case DNS_PTR: break;
	}
	name = read_name(bytes, len);
	return name == NULL ? NULL : make(name, strlen(name), preference);
}

char *dns_record_reverse(const char *address)
{
	unsigned char bytes[16];
	GString *out;

	if (inet_pton(AF_INET, address, bytes) == 1)
		return g_strdup_printf("%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0]);
	if (inet_pton(AF_INET6, address, bytes) != 1)
		return NULL;
	out = g_string_new(NULL);
	for (int i = 15; i >= 0; i--)
		g_string_append_printf(out, "%x.%x.", bytes[i] & 15, bytes[i] >> 4);
	g_string_append(out, "ip6.arpa");
	return g_string_free(out, FALSE);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_DNS_RECORD_H
#define NET_DNS_RECORD_H

#include "lib/net/dns.h"

/* The bytes of one record (RFC 1035 3.3), names without compression. NULL for what is no such record. */
struct dns_record *dns_record_read(enum dns_type type, const unsigned char *bytes, gsize len);
void dns_record_free(struct dns_record *record);

/* The name under which an address is looked up backwards (RFC 1035 3.5, RFC 3596 2.5); NULL: no address. Caller frees. */
char *dns_record_reverse(const char *address);

#endif

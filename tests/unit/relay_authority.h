// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_RELAY_AUTHORITY_H
#define TESTS_RELAY_AUTHORITY_H

#include <openssl/ssl.h>

/* A certificate authority of the test's own, and servers that it vouches for. */
struct authority {
	EVP_PKEY *key;
	X509 *cert;
};

/* pem_path: where the authority's certificate is written, for ca_file; or NULL. */
void authority_init(struct authority *authority, const char *pem_path);
void authority_clear(struct authority *authority);

/* A server's context with a certificate for alt_names ("DNS:relay.test,IP:127.0.0.1"). Free with SSL_CTX_free(). */
SSL_CTX *authority_make_server(const struct authority *authority, const char *alt_names, int days_until, int max_version);

#endif

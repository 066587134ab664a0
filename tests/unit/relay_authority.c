// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/relay_authority.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static X509 *make_cert(EVP_PKEY *key, const char *name, const char *alt_names, int days_from, int days_until,
                       const struct authority *issuer)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	X509V3_CTX context;
	X509_EXTENSION *extension;
	static int serial = 1;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(cert), 86400L * days_from);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days_until);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const guchar *)name, -1, -1, 0);
	X509_set_issuer_name(cert, issuer == NULL ? subject : X509_get_subject_name(issuer->cert));
	X509_set_pubkey(cert, key);
	X509V3_set_ctx(&context, issuer == NULL ? cert : issuer->cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context,
	                                alt_names == NULL ? NID_basic_constraints : NID_subject_alt_name,
	                                alt_names == NULL ? "critical,CA:TRUE" : alt_names);
	g_assert_nonnull(extension);
	X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	g_assert_cmpint(X509_sign(cert, issuer == NULL ? key : issuer->key, EVP_sha256()), >, 0);
	return cert;
}

void authority_init(struct authority *authority, const char *pem_path)
{
	FILE *file;

	authority->key = EVP_EC_gen("P-256");
	authority->cert = make_cert(authority->key, "Test CA", NULL, -2, 30, NULL);
	if (pem_path == NULL)
		return;
	file = g_fopen(pem_path, "w");
	g_assert_nonnull(file);
	PEM_write_X509(file, authority->cert);
	fclose(file);
}

void authority_clear(struct authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->cert);
}

SSL_CTX *authority_make_server(const struct authority *authority, const char *alt_names, int days_until,
                               int max_version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = make_cert(key, "relay", alt_names, -2, days_until, authority);

	SSL_CTX_set_max_proto_version(context, max_version);
	if (max_version < TLS1_2_VERSION)
		SSL_CTX_set_security_level(context, 0);
	g_assert_cmpint(SSL_CTX_use_certificate(context, cert), ==, 1);
	g_assert_cmpint(SSL_CTX_use_PrivateKey(context, key), ==, 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	return context;
}

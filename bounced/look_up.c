// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/look_up.h"

#include "lib/base/log.h"
#include "lib/net/dns.h"

enum { TIMEOUT_MS = 10000 };

struct resolver {
	const char *server; /* or NULL */
	struct dns *dns;    /* NULL: not opened yet */
};

static enum domain_answer ask(const char *domain, void *user)
{
	struct resolver *resolver = user;
	enum domain_answer answer = DOMAIN_SILENT;
	g_autoptr(GError) error = NULL;
	struct dns_mail *mail;

	if (resolver->dns == NULL)
		resolver->dns = dns_new(resolver->server, &error);
	if (resolver->dns == NULL) {
		log_warning("domain=%s not looked up: %s", domain, error->message);
		return DOMAIN_SILENT;
	}
	mail = dns_ask_mail(resolver->dns, domain, TIMEOUT_MS);
	switch (mail->outcome) {
	case DNS_ANSWER: answer = DOMAIN_LIVES; break;
	case DNS_NXDOMAIN:
	case DNS_NULL_MX: answer = DOMAIN_GONE; break;
	/* a name without any server today may be a zone that is being mended */
	case DNS_NODATA:
	case DNS_UNKNOWN: break;
	}
	dns_mail_free(mail);
	return answer;
}

void look_up_open(struct context *context)
{
	struct resolver *resolver = g_new0(struct resolver, 1);

	resolver->server = context->settings->dns_server != NULL && *context->settings->dns_server != '\0'
	                           ? context->settings->dns_server
	                           : NULL;
	context->look_up = ask;
	context->look_up_user = resolver;
}

void look_up_close(struct context *context)
{
	struct resolver *resolver = context->look_up_user;

	if (resolver == NULL)
		return;
	if (resolver->dns != NULL)
		dns_free(resolver->dns);
	g_free(resolver);
	context->look_up = NULL;
	context->look_up_user = NULL;
}

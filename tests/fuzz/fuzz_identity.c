// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/dkim_key.h"
#include "lib/model/dmarc.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct lookup answer(enum lookup_type type, const char *name, void *user)
{
	const char **texts = user;

	if (type != LOOKUP_TXT || strlen(name) > 253)
		g_error("asked for %s", name);
	return g_str_hash(name) % 3 == 0 ? (struct lookup){LOOKUP_FOUND, texts}
	                                 : (struct lookup){LOOKUP_NOTHING, NULL};
}

/* The same text as a key, as a policy, and as the name that a policy is looked for. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	g_autofree char *text = g_strndup((const char *)bytes, len);
	const char *texts[] = {text, NULL};
	struct dkim_key key = dkim_key_read(text);
	struct dmarc_finding finding;

	if (key.fault == DKIM_KEY_FINE && !key.is_ed25519 && key.bits < 1024)
		g_error("%u bits are fine", key.bits);
	finding = dmarc_find("a.b.c.d.e.f.g.h.i.example", answer, texts);
	if (finding.organisation == NULL || (finding.outcome == DMARC_FOUND) != (finding.where != NULL))
		g_error("a finding without a domain");
	dmarc_finding_clear(&finding);
	finding = dmarc_find(text, answer, texts);
	dmarc_finding_clear(&finding);
	return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/spf.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Texts of TXT answers, a line each; every question gets one of them, by its name. */
struct world {
	char **texts;
	guint count;
	const char *given[2];
	int asked;
};

static struct lookup answer(enum lookup_type type, const char *name, void *user)
{
	static const char *const hosts[] = {"a.example", "b.example", NULL};
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1", NULL};
	struct world *world = user;

	if (strlen(name) > 253)
		g_error("asked for a name of %zu bytes", strlen(name));
	if (++world->asked > 500)
		g_error("asked for more than any record may want");
	switch (type) {
	case LOOKUP_TXT:
		if (world->count == 0)
			return (struct lookup){LOOKUP_NOTHING, NULL};
		world->given[0] = world->texts[g_str_hash(name) % world->count];
		return (struct lookup){LOOKUP_FOUND, world->given};
	case LOOKUP_MX:
	case LOOKUP_PTR: return (struct lookup){LOOKUP_FOUND, hosts};
	case LOOKUP_A:
	case LOOKUP_AAAA: break;
	}
	return strlen(name) % 3 == 0 ? (struct lookup){LOOKUP_NOTHING, NULL}
	                             : (struct lookup){LOOKUP_FOUND, addresses};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	g_autofree char *text = g_strndup((const char *)bytes, len);
	struct world world = {.texts = g_strsplit(text, "\n", -1)};
	struct spf_query query = {"198.51.100.7", "start.example", "some-one@sender.example", "helo.example",
	                          1};
	struct spf_report report;

	world.count = g_strv_length(world.texts);
	report = spf_check(&query, answer, &world);
	if (report.result == SPF_WAITING || report.why == NULL)
		g_error("a verdict without a reason");
	if (report.result != SPF_PERMERROR && report.lookups > SPF_LOOKUPS_MAX)
		g_error("%d look-ups and no error", report.lookups);
	spf_report_clear(&report);
	g_strfreev(world.texts);
	return 0;
}

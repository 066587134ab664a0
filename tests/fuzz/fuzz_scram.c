// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_scram.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two messages of a server, a line each. Nobody can prove by chance that he knows the password. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_auto(GStrv) lines = g_strsplit(text, "\n", 2);
	struct relay_scram *scram = relay_scram_new("SCRAM-SHA-256", "user", "pencil", "NONCE");
	g_autofree char *begin = relay_scram_begin(scram);

	for (char **line = lines; *line != NULL; line++) {
		const char *problem;
		g_autofree char *answer = relay_scram_answer(scram, *line, &problem);

		if ((answer == NULL) != (problem != NULL))
			abort();
		if (answer != NULL && *answer != '\0' && !g_str_has_prefix(answer, "c=biws,r=NONCE"))
			abort();
	}
	if (relay_scram_is_proven(scram))
		abort();
	relay_scram_free(scram);
	return 0;
}

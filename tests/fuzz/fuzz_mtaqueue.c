// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/net/mtaqueue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line of postqueue -j. What is taken of it is text within its bounds, and its id can be an argument. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtaqueue_entry *entry = mtaqueue_read_line((const char *)data, size);
	gsize len;

	if (entry == NULL)
		return 0;
	len = strlen(entry->queue_id);
	if (len == 0 || len > LIMIT_QUEUE_ID ||
	    strspn(entry->queue_id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS) != len)
		abort();
	if (entry->arrived_at < 0 || entry->size < 0 || !g_utf8_validate(entry->sender, -1, NULL))
		abort();
	for (guint i = 0; i < entry->recipients->len; i++) {
		const struct mtaqueue_recipient *recipient = entry->recipients->pdata[i];

		if (strlen(recipient->address) > LIMIT_DIAGNOSTIC ||
		    strlen(recipient->reason) > LIMIT_DIAGNOSTIC ||
		    !g_utf8_validate(recipient->reason, -1, NULL))
			abort();
	}
	mtaqueue_entry_free(entry);
	return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/send_test.h"

#include "cli/campaign_wait.h"
#include "cli/list_input.h"
#include "lib/action/content.h"
#include "lib/action/outbox.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"

/* Each once, as it is mailed. NULL: one of them is none, or there are too many. */
static GPtrArray *read_addresses(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);

	for (char *const *text = call_texts(call, "test"); *text != NULL; text++) {
		g_autofree char *address = list_input_address(*text, error);

		if (address == NULL)
			return NULL;
		if (!g_ptr_array_find_with_equal_func(all, address, g_str_equal, NULL))
			g_ptr_array_add(all, g_steal_pointer(&address));
	}
	if (all->len <= LIMIT_TEST_ADDRESSES)
		return g_steal_pointer(&all);
	g_set_error(error, FAILURE, FAILURE_USAGE,
	            "--test: %u addresses; a test goes to %d at most, others subscribe to a list", all->len,
	            LIMIT_TEST_ADDRESSES);
	return NULL;
}

static gboolean say_objections(struct call *call, const struct list *list,
                               const struct compose_content *content, GError **error)
{
	struct content_view *view = content_look(call->context, list, content, call->now, error);
	g_autoptr(GError) objection = NULL;

	if (view == NULL)
		return FALSE;
	if (!content_is_fit(view, &objection))
		log_warning("as a campaign it would be refused: %s", objection->message);
	content_free(view);
	return TRUE;
}

gboolean send_test(struct call *call, const struct list *list, const struct compose_content *content,
                   GError **error)
{
	g_autoptr(GPtrArray) addresses = read_addresses(call, error);
	gint64 id;

	if (addresses == NULL || !say_objections(call, list, content, error) ||
	    !outbox_test(call->context, list, content, addresses, call->now, &id, error))
		return FALSE;
	if (call_flag(call, "wait"))
		return campaign_wait(call, id, error);
	printer_integer(call->out, "id", id);
	printer_text(call->out, "list", list->name);
	printer_boolean(call->out, "test", TRUE);
	printer_integer(call->out, "recipients", addresses->len);
	call_say(call, "A running listd sends this test now, else `listd --once`. Its links do nothing.");
	return TRUE;
}

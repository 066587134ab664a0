// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/person.h"

#include "lib/base/failure.h"
#include "lib/model/address.h"

#include <string.h>

void person_clear(struct person *person)
{
	g_free(person->address);
	if (person->subscriber != NULL)
		subscriber_free(person->subscriber);
	if (person->subscriptions != NULL)
		g_ptr_array_unref(person->subscriptions);
	memset(person, 0, sizeof(*person));
}

static gboolean look_up(struct context *context, const struct address *address, struct person *person,
                        GError **error)
{
	g_autofree char *hash = context_address_hash(context, address->key);
	g_autoptr(GError) missing = NULL;

	if (!store_suppression_has(context->store, hash, &person->is_suppressed, error))
		return FALSE;
	person->subscriber = store_subscriber_by_address(context->store, address->key, &missing);
	if (person->subscriber != NULL) {
		person->address = g_strdup(person->subscriber->spelling);
		person->subscriptions = store_subscription_of(context->store, person->subscriber->id, error);
		return person->subscriptions != NULL;
	}
	if (!failure_is(missing, FAILURE_NOINPUT)) {
		g_propagate_error(error, g_steal_pointer(&missing));
		return FALSE;
	}
	if (!person->is_suppressed) {
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "%s is on no list", address->address);
		return FALSE;
	}
	person->address = g_strdup(address->address);
	person->subscriptions = g_ptr_array_new();
	return TRUE;
}

gboolean person_find(struct context *context, const char *address, struct person *person_out, GError **error)
{
	struct address read;
	gboolean is_found;

	memset(person_out, 0, sizeof(*person_out));
	if (!address_read(address, -1, &read, error))
		return FALSE;
	is_found = look_up(context, &read, person_out, error);
	address_clear(&read);
	if (!is_found)
		person_clear(person_out);
	return is_found;
}

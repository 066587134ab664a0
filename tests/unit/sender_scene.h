// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SENDER_SCENE_H
#define TESTS_SENDER_SCENE_H

/* A database in a file, a campaign in it, a mail server, and senders in processes of their own. All static. */
#include "lib/action/outbox.h"
#include "lib/base/clock.h"
#include "lib/net/relay.h"
#include "lib/run/daemon.h"
#include "listd/dispatch.h"

#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/action_fixture.h"
#include "tests/unit/mta.h"

#define FAST "rate = 100000/s\n"

/* A campaign to so many subscribers, 0@example.org and so on. */
struct scene {
	char *folder;
	char *relay, *send; /* lines of [relay:main] and [send] */
	struct secrets *secrets;
	struct context *context; /* of this process */
	struct list *list;
	struct mta mta;
	gint64 campaign_id;
};

G_GNUC_UNUSED static struct context *scene_context(const struct scene *scene)
{
	g_autofree char *path = g_build_filename(scene->folder, "carom.db", NULL);
	struct context *context = fresh_context();

	settings_free(context->settings);
	context->settings = fresh_settings(scene->folder, scene->mta.port, scene->relay, scene->send);
	store_close(context->store);
	context->store = open_database(path);
	*context->secrets = *scene->secrets;
	return context;
}

G_GNUC_UNUSED static void scene_add_mailing(struct scene *scene, int count)
{
	struct compose_content content = {.subject = "S", .text = "Hello {{unsubscribe_url}}"};

	assert_ok(store_begin(scene->context->store, &failure));
	for (int i = 0; i < count; i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", i);

		add_subscription(scene->context->store, scene->list->id, address, SUB_ACTIVE);
	}
	assert_ok(store_commit(scene->context->store, &failure));
	assert_ok(outbox_campaign(scene->context, scene->list, &content, 0, clock_now(), NULL, NULL,
	                          &scene->campaign_id, &failure));
}

/* The server listens and does not answer before mta_start(): until then, this process may fork. */
G_GNUC_UNUSED static void scene_set_up(struct scene *scene, int count, const struct mta_rule *rules, const char *relay,
                                       const char *send)
{
	memset(scene, 0, sizeof(*scene));
	mta_init(&scene->mta, rules);
	scene->folder = make_folder();
	scene->relay = g_strdup(relay);
	scene->send = g_strdup(send);
	scene->secrets = fresh_secrets();
	g_free(make_database(scene->folder));
	scene->context = scene_context(scene);
	scene->list = fresh_list(scene->context, "news", FALSE);
	scene_add_mailing(scene, count);
}

G_GNUC_UNUSED static void scene_tear_down(struct scene *scene)
{
	mta_stop(&scene->mta);
	list_free(scene->list);
	context_close(scene->context);
	g_free(scene->secrets);
	g_free(scene->relay);
	g_free(scene->send);
	drop_folder(scene->folder);
}

/* A listd in a process of its own, until TERM. */
G_GNUC_UNUSED static pid_t scene_start_sender(const struct scene *scene)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		struct context *context = scene_context(scene);
		g_autoptr(GError) error = NULL;

		alarm(60);
		if (!daemon_signals(&error) || !dispatch_run(context, FALSE, &error))
			_exit(1);
		_exit(0);
	}
	return child;
}

G_GNUC_UNUSED static void scene_end_sender(pid_t child, int number)
{
	int status;

	g_assert_cmpint(kill(child, number), ==, 0);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	if (number == SIGTERM)
		g_assert_cmpint(status, ==, 0);
}

/* All that is due, by this process. */
G_GNUC_UNUSED static void scene_run_once(struct scene *scene)
{
	assert_ok(dispatch_run(scene->context, TRUE, &failure));
	g_assert_nonnull(scene->context->settings);
}

G_GNUC_UNUSED static gint64 scene_total(struct scene *scene, enum delivery_state state)
{
	gint64 totals[DELIVERY_STATES];

	assert_ok(store_delivery_totals(scene->context->store, scene->campaign_id, totals, &failure));
	return totals[state];
}

G_GNUC_UNUSED static gint64 scene_sum(struct scene *scene)
{
	gint64 totals[DELIVERY_STATES], sum = 0;

	assert_ok(store_delivery_totals(scene->context->store, scene->campaign_id, totals, &failure));
	for (int i = 0; i < DELIVERY_STATES; i++)
		sum += totals[i];
	return sum;
}

/* Wait, up to 20 s, for so many letters, or so many deliveries in a state. */
G_GNUC_UNUSED static void scene_wait_letters(struct scene *scene, int count)
{
	for (int i = 0; i < 20000 && mta_count(&scene->mta, NULL) < count; i++)
		g_usleep(1000);
	g_assert_cmpint(mta_count(&scene->mta, NULL), >=, count);
}

G_GNUC_UNUSED static void scene_wait_total(struct scene *scene, enum delivery_state state, int count)
{
	for (int i = 0; i < 20000 && scene_total(scene, state) < count; i++)
		g_usleep(1000);
	g_assert_cmpint(scene_total(scene, state), >=, count);
}

/* How many recipients got a letter, each counted once. */
G_GNUC_UNUSED static guint scene_people(struct scene *scene)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	guint count;

	g_mutex_lock(&scene->mta.lock);
	for (guint i = 0; i < scene->mta.letters->len; i++) {
		struct mta_letter *letter = g_ptr_array_index(scene->mta.letters, i);

		g_hash_table_add(seen, letter->recipient);
	}
	count = g_hash_table_size(seen);
	g_mutex_unlock(&scene->mta.lock);
	return count;
}

#endif

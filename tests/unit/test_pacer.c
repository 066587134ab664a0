// SPDX-License-Identifier: GPL-3.0-or-later
/* The pace with everything in place: a relay, a name server, a database file, and processes that are killed.
 */
#include "lib/action/account.h"
#include "lib/action/forecast.h"
#include "lib/action/outbox.h"
#include "lib/base/clock.h"
#include "lib/net/relay.h"
#include "lib/run/daemon.h"
#include "lib/store/migrate.h"
#include "lib/store/store_account.h"
#include "lib/store/store_flow.h"
#include "lib/store/store_notice.h"
#include "listd/dispatch.h"
#include "listd/lease.h"
#include "listd/plan.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/action_fixture.h"
#include "tests/unit/mta.h"
#include "tests/unit/name_server.h"

static const struct name_line lines[] = {
        {"big.test", "MX", "10 aspmx.l.google.com", 0},
        {"also.test", "MX", "10 alt1.aspmx.l.google.com", 0},
        {"small.test", "MX", "10 mx.small.test", 0},
        {"broken.test", "MX", "!SERVFAIL", 0},
        {"nothing.test", "MX", "0 .", 0},
        {NULL, NULL, NULL, 0},
};

static char *clock_file;

/* All clocks of this process and its children are so many seconds ahead. */
static void set_clock(int seconds)
{
	g_autofree char *text = g_strdup_printf("%08d", seconds);
	int fd = open(clock_file, O_WRONLY | O_CREAT, 0600);

	g_assert_cmpint(pwrite(fd, text, strlen(text), 0), ==, 8);
	close(fd);
}

struct scene {
	char *folder;
	struct secrets *secrets;
	struct name_server names;
	struct mta mta;
	const char *relay, *rest; /* lines of the configuration */
	struct context *context;  /* for looking, in this process */
	struct list *list;
	gint64 campaign_id;
};

static struct context *open_context(struct scene *scene)
{
	g_autofree char *path = g_build_filename(scene->folder, "carom.db", NULL);
	g_autofree char *rest = g_strdup_printf("%s\n[dns]\nserver = %s\n", scene->rest,
	                                        scene->names.address);
	g_autoptr(GError) error = NULL;
	struct context *context = fresh_context();

	settings_free(context->settings);
	context->settings = fresh_settings(scene->folder, scene->mta.port, scene->relay, rest);
	store_close(context->store);
	context->store = store_open(path, &error);
	g_assert_no_error(error);
	*context->secrets = *scene->secrets;
	return context;
}

/* Nobody is there yet. */
static void scene_init(struct scene *scene, const struct mta_rule *rules, const char *relay, const char *rest)
{
	g_autofree char *path = NULL;
	struct migrate_result result;

	memset(scene, 0, sizeof(*scene));
	scene->relay = relay;
	scene->rest = rest;
	scene->secrets = fresh_secrets();
	scene->folder = make_folder();
	path = g_build_filename(scene->folder, "carom.db", NULL);
	assert_ok(migrate_run(path, TRUE, 0, &result, &failure));
	migrate_result_clear(&result);
	name_server_start(&scene->names, lines);
	mta_init(&scene->mta, rules);
	scene->context = open_context(scene);
	scene->list = fresh_list(scene->context, "news", FALSE);
}

static void add(struct scene *scene, const char *domain, int count)
{
	assert_ok(store_begin(scene->context->store, &failure));
	for (int i = 0; i < count; i++) {
		g_autofree char *address = g_strdup_printf("%d@%s", i, domain);

		add_subscription(scene->context->store, scene->list->id, address, SUB_ACTIVE);
	}
	assert_ok(store_commit(scene->context->store, &failure));
}

static void queue(struct scene *scene)
{
	struct compose_content content = {.subject = "S", .text = "Hello {{unsubscribe_url}}"};

	assert_ok(outbox_campaign(scene->context, scene->list, &content, 0, clock_now(), NULL, NULL,
	                          &scene->campaign_id, &failure));
	mta_start(&scene->mta);
}

static void scene_clear(struct scene *scene)
{
	mta_stop(&scene->mta);
	name_server_stop(&scene->names);
	list_free(scene->list);
	context_close(scene->context);
	g_free(scene->secrets);
	drop_folder(scene->folder);
}

static void run_once(struct scene *scene)
{
	assert_ok(dispatch_run(scene->context, TRUE, &failure));
}

static int count_at(struct scene *scene, const char *domain)
{
	int count = 0;

	for (guint i = 0; i < scene->mta.letters->len; i++)
		count += strstr(((struct mta_letter *)scene->mta.letters->pdata[i])->recipient, domain) !=
		         NULL;
	return count;
}

static gint64 total(struct scene *scene, enum delivery_state state)
{
	gint64 totals[DELIVERY_STATES];

	assert_ok(store_delivery_totals(scene->context->store, scene->campaign_id, totals, &failure));
	return totals[state];
}

static void assert_provider(struct scene *scene, const char *address, const char *provider)
{
	g_autofree char *found = account_provider(scene->context, address, NULL);

	g_assert_cmpstr(found, ==, provider);
}

static void one_provider_s_limit_holds_up_no_other(void)
{
	struct scene scene;
	guint small_last = 0;

	scene_init(&scene, NULL, "connections = 4",
	           "rate = 5000/s\n[provider:google]\nrate = 20/s, 30/min\n");
	add(&scene, "big.test", 15);
	add(&scene, "also.test", 10);
	add(&scene, "small.test", 15);
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 40);
	for (guint i = 0; i < scene.mta.letters->len; i++) {
		struct mta_letter *letter = scene.mta.letters->pdata[i];

		if (strstr(letter->recipient, "small.test") != NULL)
			small_last = i;
	}
	/* both domains are one provider: 25 of them take a second, the others none */
	g_assert_cmpuint(small_last, <, 32);
	/* and whoever judges their bounces knows it without asking DNS */
	assert_provider(&scene, "a@big.test", "google");
	assert_provider(&scene, "a@also.test", "google");
	assert_provider(&scene, "a@small.test", "small.test");
	scene_clear(&scene);
}

/* Another list, with a rate of its own, that the same people of a domain are on. */
static struct list *second_list(struct scene *scene, const char *from, const char *rate, const char *domain,
                                int count)
{
	struct list *list = fresh_list(scene->context, "second", FALSE);

	g_free(list->from_header);
	list->from_header = g_strdup(from);
	g_free(list->rate);
	list->rate = g_strdup(rate);
	assert_ok(store_list_set(scene->context->store, list, &failure));
	assert_ok(store_begin(scene->context->store, &failure));
	for (int i = 0; i < count; i++) {
		g_autofree char *address = g_strdup_printf("second-%d@%s", i, domain);

		add_subscription(scene->context->store, list->id, address, SUB_ACTIVE);
	}
	assert_ok(store_commit(scene->context->store, &failure));
	return list;
}

static gint64 queue_for(struct scene *scene, const struct list *list)
{
	struct compose_content content = {.subject = "S", .text = "Hello {{unsubscribe_url}}"};
	gint64 id;

	assert_ok(outbox_campaign(scene->context, list, &content, 0, clock_now(), NULL, NULL, &id, &failure));
	return id;
}

/* Both lists write to the same provider: the one without a limit does not wait behind the other. */
static void a_list_s_limit_is_kept_and_holds_up_no_other(void)
{
	enum { SLOW = 18, QUICK = 40, SECOND = 8 };
	struct scene scene;
	struct list *list;
	gint64 slow[SLOW];
	guint seen = 0, quick_last = 0, slow_late = 0;

	scene_init(&scene, NULL, "connections = 2", "rate = 5000/s");
	list = second_list(&scene, "Second <second@lists.test>", "8/s, 1000/h", "small.test", SLOW);
	add(&scene, "small.test", QUICK);
	(void)queue_for(&scene, list);
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, SLOW + QUICK);
	for (guint i = 0; i < scene.mta.letters->len; i++) {
		const struct mta_letter *letter = scene.mta.letters->pdata[i];

		if (strstr(letter->recipient, "second-") != NULL)
			slow[seen++] = letter->at_us;
		else
			quick_last = i;
	}
	g_assert_cmpuint(seen, ==, SLOW);
	for (guint i = 0; i + SECOND < SLOW; i++)
		g_assert_cmpint(slow[i + SECOND] - slow[i], >=, G_USEC_PER_SEC);
	for (guint i = quick_last; i < scene.mta.letters->len; i++)
		slow_late += i > quick_last;
	/* two seconds' worth of the slow list are left when the quick one is done */
	g_assert_cmpuint(slow_late, >=, SECOND);
	list_free(list);
	scene_clear(&scene);
}

/* What a provider thinks of one domain in From says nothing of another. */
static void a_breaker_concerns_one_domain_in_from(void)
{
	struct scene scene;
	struct list *list;
	struct flow flow;

	scene_init(&scene, NULL, "connections = 1", "rate = 1000/s");
	list = second_list(&scene, "Second <second@other.test>", "", "big.test", 12);
	add(&scene, "big.test", 12);
	flow_init(&flow);
	breaker_open(&flow.breaker, breaker_trigger_find("identity"), clock_now());
	assert_ok(store_flow_set(scene.context->store, "main", "google", "lists.test", &flow, clock_now(),
	                         &failure));
	queue(&scene);
	(void)queue_for(&scene, list);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 12);
	g_assert_cmpint(count_at(&scene, "second-"), ==, 12);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 12);
	list_free(list);
	scene_clear(&scene);
}

/* While both have letters left: the one whose name is looked up first may begin before the other is known. */
static void no_provider_gets_a_burst(void)
{
	struct scene scene;
	guint row = 0, longest = 0, first[2], last[2] = {0, 0};

	scene_init(&scene, NULL, "connections = 1", "rate = 100/s");
	add(&scene, "big.test", 20);
	add(&scene, "small.test", 20);
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 40);
	first[0] = first[1] = scene.mta.letters->len;
	for (guint i = 0; i < scene.mta.letters->len; i++) {
		struct mta_letter *letter = scene.mta.letters->pdata[i];
		int which = strstr(letter->recipient, "big") != NULL;

		first[which] = MIN(first[which], i);
		last[which] = i;
	}
	g_assert_cmpuint(MAX(first[0], first[1]), <, MIN(last[0], last[1]));
	for (guint i = MAX(first[0], first[1]) + 1; i <= MIN(last[0], last[1]); i++) {
		struct mta_letter *letter = scene.mta.letters->pdata[i],
		                  *before = scene.mta.letters->pdata[i - 1];

		row = (strstr(letter->recipient, "big") != NULL) == (strstr(before->recipient, "big") != NULL)
		              ? row + 1
		              : 0;
		longest = MAX(longest, row);
	}
	g_assert_cmpuint(longest, <=, 3);
	scene_clear(&scene);
}

static void what_dns_cannot_tell_waits_and_the_rest_goes(void)
{
	struct scene scene;

	scene_init(&scene, NULL, "", "rate = 1000/s");
	add(&scene, "broken.test", 3);
	add(&scene, "nothing.test", 1);
	add(&scene, "absent.test", 2);
	queue(&scene);
	run_once(&scene);
	/* a domain that is not there is for the relay to say */
	g_assert_cmpint(count_at(&scene, "broken"), ==, 0);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 3);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 3);
	/* and when DNS can tell, it goes */
	name_server_set(&scene.names, lines + G_N_ELEMENTS(lines) - 1);
	set_clock(400);
	run_once(&scene);
	set_clock(0);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 6);
	scene_clear(&scene);
}

static void what_is_held_waits_until_it_is_released(void)
{
	struct scene scene;
	gboolean changed;

	scene_init(&scene, NULL, "", "rate = 1000/s");
	add(&scene, "big.test", 5);
	add(&scene, "small.test", 5);
	queue(&scene);
	assert_ok(store_hold_add(scene.context->store, HOLD_PROVIDER, "google", NOW, &changed, &failure));
	run_once(&scene);
	g_assert_cmpint(count_at(&scene, "big"), ==, 0);
	g_assert_cmpint(count_at(&scene, "small"), ==, 5);
	assert_ok(store_hold_remove(scene.context->store, HOLD_PROVIDER, "google", &changed, &failure));
	set_clock(120);
	run_once(&scene);
	set_clock(0);
	g_assert_cmpint(count_at(&scene, "big"), ==, 5);
	scene_clear(&scene);
}

static void out_of_hours_campaigns_wait(void)
{
	struct scene scene;
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	int hour = (g_date_time_get_hour(now) + 3) % 24;
	g_autofree char *rest = g_strdup_printf("rate = 1000/s\nwindow = %02d:00-%02d:00 UTC", hour,
	                                        (hour + 2) % 24);

	scene_init(&scene, NULL, "", rest);
	add(&scene, "small.test", 5);
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 0);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
	set_clock(10800);
	run_once(&scene);
	set_clock(0);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 5);
	scene_clear(&scene);
}

static void a_provider_that_refuses_us_is_left_alone(void)
{
	static const struct mta_rule rules[] = {
	        {"RCPT", "big.test", 0,
	         "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org"},
	        {NULL, NULL, 0, NULL},
	};
	struct scene scene;
	struct flow flow;
	gboolean has;

	g_autofree char *told = g_strdup_printf("breaker:main/google/lists.test:%" G_GINT64_FORMAT,
	                                        clock_now() / 86400);

	scene_init(&scene, rules, "connections = 1", "rate = 1000/s");
	add(&scene, "big.test", 20);
	add(&scene, "small.test", 20);
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(count_at(&scene, "small"), ==, 20);
	assert_ok(
	        store_flow_get(scene.context->store, "main", "google", "lists.test", &flow, &has, &failure));
	g_assert_true(has);
	g_assert_cmpint(flow.breaker.state, ==, BREAKER_OPEN);
	/* the owner is told, once */
	assert_ok(store_notice_has(scene.context->store, scene.list->id, told, &has, &failure));
	g_assert_true(has);
	g_assert_cmpint(count_at(&scene, "owner@lists.test"), ==, 1);
	/* only a few had to hear it, and nobody is blamed */
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), >=, 15);
	scene_clear(&scene);
}

static void a_plan_comes_true_within_a_tenth(void)
{
	struct scene scene;
	struct campaign *campaign;
	struct forecast *forecast;
	double took, told;
	gint64 began_us;

	scene_init(&scene, NULL, "connections = 2\nrate = 50/s",
	           "rate = 100/s\n[provider:google]\nrate = 8/s\n");
	add(&scene, "big.test", 40);
	add(&scene, "also.test", 30);
	add(&scene, "small.test", 60);
	queue(&scene);
	campaign = store_campaign_by_id(scene.context->store, scene.campaign_id, NULL);
	forecast = forecast_campaign(scene.context, campaign, clock_now(), NULL);
	g_assert_nonnull(forecast);
	g_assert_cmpint(forecast->count, ==, 130);
	g_assert_cmpstr(forecast->limit, ==, "provider");
	g_assert_cmpstr(forecast->provider, ==, "google");
	g_assert_cmpuint(forecast->shares->len, ==, 2);
	told = (double)forecast->seconds;
	began_us = g_get_monotonic_time();
	run_once(&scene);
	took = (double)(g_get_monotonic_time() - began_us) / G_USEC_PER_SEC;
	g_test_message("told %.1f s, took %.2f s", told, took);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 130);
	/* whole seconds are told, and a process has to start */
	g_assert_cmpfloat(took, >=, told * 0.9 - 1);
	g_assert_cmpfloat(took, <=, told * 1.1 + 1);
	forecast_free(forecast);
	campaign_free(campaign);
	scene_clear(&scene);
}

static gpointer turn_clock(gpointer data)
{
	struct scene *scene = data;

	while (mta_count(&scene->mta, NULL) < 10)
		g_usleep(1000);
	set_clock(7200);
	while (mta_count(&scene->mta, NULL) < 20)
		g_usleep(1000);
	set_clock(0);
	return NULL;
}

/* An hour ahead in the middle of a campaign, then two back: nobody is lost, nobody gets two, and no window is
 * crowded. */
static void a_clock_that_jumps_crowds_no_window_and_loses_nobody(void)
{
	enum { COUNT = 40, SECOND = 20 };
	struct scene scene;
	GThread *thread;

	set_clock(3600);
	scene_init(&scene, NULL, "connections = 2\nrate = 20/s, 1000/h", "rate = 1000/s");
	add(&scene, "small.test", COUNT);
	queue(&scene);
	thread = g_thread_new("clock", turn_clock, &scene);
	run_once(&scene);
	g_thread_join(thread);
	set_clock(3600);
	run_once(&scene);
	set_clock(0);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, COUNT);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, COUNT);
	for (guint i = 0; i + SECOND < scene.mta.letters->len; i++)
		g_assert_cmpint(((struct mta_letter *)scene.mta.letters->pdata[i + SECOND])->at_us -
		                        ((struct mta_letter *)scene.mta.letters->pdata[i])->at_us,
		                >=, G_USEC_PER_SEC);
	scene_clear(&scene);
}

/* As many providers as recipients, none of which DNS knows. */
static void thousands_of_domains_with_one_each_all_go(void)
{
	enum { DOMAINS = 2000 };
	struct scene scene;

	scene_init(&scene, NULL, "connections = 4", "rate = 100000/s");
	assert_ok(store_begin(scene.context->store, &failure));
	for (int i = 0; i < DOMAINS; i++) {
		g_autofree char *address = g_strdup_printf("one@d%d.test", i);

		add_subscription(scene.context->store, scene.list->id, address, SUB_ACTIVE);
	}
	assert_ok(store_commit(scene.context->store, &failure));
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, DOMAINS);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, DOMAINS);
	scene_clear(&scene);
}

/* Each provider may have its first letter; of the relay's day three are left. */
static void warming_up_has_a_curve_of_the_relay_too(void)
{
	enum { STAGE = 30 };
	static const char *const domains[] = {"big.test", "small.test", "absent.test", "nothing.test"};
	const struct account complaints = {.complaint = 2000};
	struct scene scene;
	struct flow flow;
	gint64 day = clock_now() / 86400;
	gboolean has;

	scene_init(&scene, NULL, "connections = 1", "rate = 1000/s\nwarmup = on");
	for (gsize i = 0; i < G_N_ELEMENTS(domains); i++)
		add(&scene, domains[i], 1);
	flow_init(&flow);
	flow.warmup = (struct warmup){
	        .stage = STAGE, .day = day, .taken = WARMUP_TOTAL * warmup_quota(STAGE) - 3};
	assert_ok(store_flow_set(scene.context->store, "main", "*", "*", &flow, clock_now(), &failure));
	queue(&scene);
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 3);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 1);
	/* the day after it goes on; too many complaints at one provider keep the relay where it was */
	assert_ok(store_begin(scene.context->store, &failure));
	for (gsize i = 0; i < G_N_ELEMENTS(domains); i++)
		assert_ok(store_account_add(scene.context->store, i == 0 ? "google" : domains[i], 0,
		                            &complaints, 0, clock_now(), &failure));
	assert_ok(
	        store_flow_get(scene.context->store, "main", "google", "lists.test", &flow, &has, &failure));
	flow.warmup = (struct warmup){.stage = 5, .day = day, .taken = 225};
	assert_ok(store_flow_set(scene.context->store, "main", "google", "lists.test", &flow, clock_now(),
	                         &failure));
	assert_ok(store_commit(scene.context->store, &failure));
	set_clock(86400);
	run_once(&scene);
	set_clock(0);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 4);
	assert_ok(store_flow_get(scene.context->store, "main", "*", "*", &flow, &has, &failure));
	g_assert_cmpint(flow.warmup.day, ==, day + 1);
	g_assert_cmpint(flow.warmup.stage, ==, STAGE);
	assert_ok(
	        store_flow_get(scene.context->store, "main", "google", "lists.test", &flow, &has, &failure));
	g_assert_cmpint(flow.warmup.stage, ==, 5);
	scene_clear(&scene);
}

/* By the weights a slow relay gets as much as a quick one, and is late with it. */
static void a_plan_over_two_relays_comes_true(void)
{
	enum { COUNT = 100 };
	struct scene scene;
	g_autofree char *rest = NULL;
	struct campaign *campaign;
	struct forecast *forecast;
	double took, told;
	gint64 began_us;

	scene_init(&scene, NULL, "connections = 2\nrate = 30/s", "rate = 200/s");
	rest = g_strdup_printf("rate = 200/s\n[relay:second]\nhost = 127.0.0.1:%d\nrate = 8/s\n",
	                       scene.mta.port);
	scene.rest = rest;
	context_close(scene.context);
	scene.context = open_context(&scene);
	add(&scene, "big.test", COUNT / 2);
	add(&scene, "small.test", COUNT / 2);
	queue(&scene);
	campaign = store_campaign_by_id(scene.context->store, scene.campaign_id, NULL);
	forecast = forecast_campaign(scene.context, campaign, clock_now(), NULL);
	g_assert_nonnull(forecast);
	g_assert_cmpstr(forecast->limit, ==, "relay");
	told = (double)forecast->seconds;
	began_us = g_get_monotonic_time();
	run_once(&scene);
	took = (double)(g_get_monotonic_time() - began_us) / G_USEC_PER_SEC;
	g_test_message("told %.1f s, took %.2f s", told, took);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, COUNT);
	g_assert_cmpfloat(took, >=, told * 0.9 - 1);
	g_assert_cmpfloat(took, <=, told * 1.1 + 1);
	forecast_free(forecast);
	campaign_free(campaign);
	scene_clear(&scene);
}

/* Without sending: each limit in turn is the one that binds. */
static void a_plan_names_the_limit_that_binds(void)
{
	struct scene scene;
	struct list *list;
	struct campaign *campaign;
	struct forecast *forecast;
	gint64 id;

	scene_init(&scene, NULL, "rate = 50/s", "rate = 100/s");
	list = second_list(&scene, "Second <second@lists.test>", "10/s, 60/min", "small.test", 150);
	id = queue_for(&scene, list);
	campaign = store_campaign_by_id(scene.context->store, id, NULL);
	forecast = forecast_campaign(scene.context, campaign, clock_now(), NULL);
	g_assert_cmpstr(forecast->limit, ==, "list");
	/* two full minutes, and what is left at ten a second */
	g_assert_cmpint(forecast->seconds, >=, 122);
	g_assert_cmpint(forecast->seconds, <=, 126);
	forecast_free(forecast);
	campaign->canary = CANARY_SLICE;
	campaign->canary_wait_s = 1800;
	forecast = forecast_campaign(scene.context, campaign, clock_now(), NULL);
	g_assert_cmpint(forecast->seconds, >=, 1922);
	forecast_free(forecast);
	campaign_free(campaign);
	list_free(list);
	scene_clear(&scene);
}

static pid_t start_sender(struct scene *scene)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		struct context *context = open_context(scene);
		g_autoptr(GError) error = NULL;

		alarm(120);
		if (daemon_signals(&error))
			(void)dispatch_run(context, FALSE, &error);
		_exit(error == NULL ? 0 : 1);
	}
	return child;
}

static int by_time(gconstpointer a, gconstpointer b)
{
	const struct mta_letter *first = *(struct mta_letter *const *)a,
	                        *second = *(struct mta_letter *const *)b;

	return (first->at_us > second->at_us) - (first->at_us < second->at_us);
}

/* Two processes, one of them killed and started again: 7 a second, 100 a minute, measured by the far side. */
static void two_processes_keep_one_pace_whatever_is_killed(void)
{
	enum { COUNT = 150, SECOND = 7, MINUTE_MOST = 100 };
	struct scene scene;
	pid_t children[2];
	gint64 began_us, first_us;
	int status;

	scene_init(&scene, NULL, "connections = 2", "rate = 7/s, 100/min, 2000/h");
	add(&scene, "small.test", COUNT);
	context_close(scene.context);
	scene.context = open_context(&scene);
	/* no thread yet that a child would miss: the far side answers later */
	children[0] = children[1] = 0;
	{
		struct compose_content content = {.subject = "S", .text = "Hello {{unsubscribe_url}}"};

		assert_ok(outbox_campaign(scene.context, scene.list, &content, 0, clock_now(), NULL, NULL,
		                          &scene.campaign_id, &failure));
	}
	mta_start(&scene.mta);
	began_us = g_get_monotonic_time();
	children[0] = start_sender(&scene);
	children[1] = start_sender(&scene);
	for (int kills = 0; g_get_monotonic_time() - began_us < 22 * G_USEC_PER_SEC; g_usleep(10000)) {
		if (kills < 3 && g_get_monotonic_time() - began_us > (kills + 1) * 4 * G_USEC_PER_SEC) {
			int which = kills++ % 2;

			kill(children[which], SIGKILL);
			g_assert_cmpint(waitpid(children[which], &status, 0), ==, children[which]);
			children[which] = start_sender(&scene);
		}
	}
	for (int i = 0; i < 2; i++) {
		kill(children[i], SIGKILL);
		g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
	}
	g_ptr_array_sort(scene.mta.letters, by_time);
	g_test_message("%u letters", scene.mta.letters->len);
	for (guint i = 0; i + SECOND < scene.mta.letters->len; i++) {
		const struct mta_letter *letter = scene.mta.letters->pdata[i],
		                        *later = scene.mta.letters->pdata[i + SECOND];

		g_assert_cmpint(later->at_us - letter->at_us, >=, G_USEC_PER_SEC);
	}
	first_us = ((struct mta_letter *)scene.mta.letters->pdata[0])->at_us;
	/* the minute's hundred, but for what was lost with each kill and to a busy machine, and no more */
	g_assert_cmpuint(scene.mta.letters->len, <=, MINUTE_MOST);
	g_assert_cmpuint(scene.mta.letters->len, >=, MINUTE_MOST * 3 / 4);
	/* no slower than one in fifteen seconds would be, and a busy machine's while */
	g_assert_cmpint(((struct mta_letter *)scene.mta.letters->pdata[60])->at_us - first_us, <,
	                15 * G_USEC_PER_SEC);
	scene_clear(&scene);
}

/* What went back into the queue with one commit must not come out of memory because the next one fails: by
 * then it may be claimed anew, and would go out twice. */
static void what_was_put_back_is_forgotten_with_the_commit(void)
{
	struct scene scene;
	g_autoptr(GPtrArray) routes = g_ptr_array_new_with_free_func((GDestroyNotify)route_free);
	g_autoptr(GError) error = NULL;
	struct finder *finder;
	struct route *route;
	struct plan *plan;
	struct lease *lease;
	gboolean changed;

	scene_init(&scene, NULL, "", "");
	add(&scene, "nothing.test", 3);
	queue(&scene);
	assert_ok(store_hold_add(scene.context->store, HOLD_LIST, "news", NOW, &changed, &failure));
	finder = finder_new(scene.context, &error);
	g_assert_no_error(error);
	route = route_new(scene.context, scene.context->settings->relays->pdata[0], finder);
	g_ptr_array_add(routes, route);
	plan = plan_new(scene.context, routes);
	lease = lease_take(scene.context, 1, clock_now(), &error);
	g_assert_no_error(error);
	assert_ok(plan_refill(plan, lease_id(lease), clock_now(), &failure));
	g_assert_cmpuint(plan_length(plan), ==, 3);
	for (int i = 0; i < 500 && plan_length(plan) > 0; i++) {
		finder_work(finder, clock_now());
		assert_ok(store_begin(scene.context->store, &failure));
		assert_ok(pacer_pick(route->pacer, 10, clock_now(), &failure));
		assert_ok(store_commit(scene.context->store, &failure));
		pacer_picked(route->pacer);
		g_usleep(10000);
	}
	g_assert_cmpuint(plan_length(plan), ==, 0);
	/* the next transaction does not get as far as the pacer */
	pacer_forget(route->pacer);
	g_assert_cmpuint(plan_length(plan), ==, 0);
	lease_end(lease, scene.context->store, TRUE);
	plan_free(plan);
	g_ptr_array_set_size(routes, 0);
	finder_free(finder);
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = make_folder(), *setting = NULL;
	int status;

	clock_file = g_build_filename(folder, "clock", NULL);
	setting = g_strconcat("@", clock_file, NULL);
	set_clock(0);
	g_setenv("CAROM_TEST_CLOCK", setting, TRUE);
	g_test_init(&argc, &argv, NULL);
	relay_init();
#define TEST(name) g_test_add_func("/pacer/" #name, name)
	TEST(one_provider_s_limit_holds_up_no_other);
	TEST(a_list_s_limit_is_kept_and_holds_up_no_other);
	TEST(a_breaker_concerns_one_domain_in_from);
	TEST(no_provider_gets_a_burst);
	TEST(what_dns_cannot_tell_waits_and_the_rest_goes);
	TEST(what_is_held_waits_until_it_is_released);
	TEST(out_of_hours_campaigns_wait);
	TEST(a_provider_that_refuses_us_is_left_alone);
	TEST(what_was_put_back_is_forgotten_with_the_commit);
	TEST(a_plan_comes_true_within_a_tenth);
	TEST(a_plan_over_two_relays_comes_true);
	TEST(warming_up_has_a_curve_of_the_relay_too);
	TEST(a_clock_that_jumps_crowds_no_window_and_loses_nobody);
	TEST(thousands_of_domains_with_one_each_all_go);
	TEST(a_plan_names_the_limit_that_binds);
	TEST(two_processes_keep_one_pace_whatever_is_killed);
	status = g_test_run();
	g_free(clock_file);
	drop_folder(g_steal_pointer(&folder));
	return status;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/dns.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/dns_record.h"

#include <poll.h>
#include <unbound.h>

enum { CLASS_IN = 1, RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3 };

struct dns {
	struct ub_ctx *context;
	GQueue asked;    /* of struct question *, by no order */
	GQueue answered; /* of struct question *, to be called back */
	gboolean is_closing;
};

struct question {
	struct dns *dns;
	enum dns_type type;
	gint64 deadline_us; /* monotonic */
	int async_id;
	struct dns_answer *answer;
	dns_answered callback;
	void *user;
};

static const int numbers[] = {[DNS_A] = 1, [DNS_AAAA] = 28, [DNS_MX] = 15, [DNS_TXT] = 16, [DNS_PTR] = 12};

const char *dns_outcome_name(enum dns_outcome outcome)
{
	static const char *const names[] = {
	        [DNS_ANSWER] = "answer",   [DNS_NXDOMAIN] = "nxdomain", [DNS_NODATA] = "nodata",
	        [DNS_NULL_MX] = "null-mx", [DNS_UNKNOWN] = "unknown",
	};

	return names[outcome];
}

static struct dns_answer *make_answer(enum dns_outcome outcome, gint64 ttl_s, const char *why)
{
	struct dns_answer *answer = g_new0(struct dns_answer, 1);

	answer->outcome = outcome;
	answer->records = g_ptr_array_new_with_free_func((GDestroyNotify)dns_record_free);
	answer->ttl_s = ttl_s;
	answer->why = why;
	return answer;
}

void dns_answer_free(struct dns_answer *answer)
{
	if (answer == NULL)
		return;
	g_ptr_array_unref(answer->records);
	g_free(answer);
}

/*
 * What only a resolver for the public network knows to be empty: one that we are told to ask may know private
 * addresses, and a laboratory its own names. The order matters: options first, then the forwarder, then the
 * zones.
 */
static int set_up(struct ub_ctx *context, const char *server)
{
	static const char *const zones[] = {"test.", "home.arpa.", "127.in-addr.arpa."};
	static const char *const options[][2] = {
	        {"module-config:", "iterator"}, /* no DNSSEC */
	        {"unblock-lan-zones:", "yes"},  {"do-not-query-localhost:", "no"},
	        {"infra-host-ttl:", "60"}, /* how long a server that was silent is held for dead */
	        {"infra-keep-probing:", "yes"},
	};
	int problem = ub_ctx_async(context, 1);

	for (gsize i = 0; problem == 0 && i < G_N_ELEMENTS(options); i++)
		problem = ub_ctx_set_option(context, options[i][0], options[i][1]);
	if (problem == 0)
		problem = server != NULL ? ub_ctx_set_fwd(context, server) : ub_ctx_resolvconf(context, NULL);
	for (gsize i = 0; problem == 0 && i < G_N_ELEMENTS(zones); i++)
		problem = ub_ctx_zone_remove(context, zones[i]);
	return problem;
}

struct dns *dns_new(const char *server, GError **error)
{
	struct ub_ctx *context = ub_ctx_create();
	int problem = context == NULL ? UB_NOMEM : set_up(context, server);
	struct dns *dns;

	if (problem != 0) {
		g_set_error(error, FAILURE, problem == UB_NOMEM ? FAILURE_LATER : FAILURE_CONFIG,
		            "the resolver %s cannot be used: %s", server != NULL ? server : "of the system",
		            ub_strerror(problem));
		if (context != NULL)
			ub_ctx_delete(context);
		return NULL;
	}
	dns = g_new0(struct dns, 1);
	dns->context = context;
	g_queue_init(&dns->asked);
	g_queue_init(&dns->answered);
	return dns;
}

static int by_preference(gconstpointer a, gconstpointer b)
{
	const struct dns_record *first = *(struct dns_record *const *)a;
	const struct dns_record *second = *(struct dns_record *const *)b;

	return first->preference != second->preference ? first->preference - second->preference
	                                               : g_strcmp0(first->text, second->text);
}

/* RFC 7505: one MX, whose host is the root. Beside others such a host is nonsense, and left out. */
static void take_out_root(struct dns_answer *answer)
{
	gboolean is_alone = answer->records->len == 1;

	for (guint i = answer->records->len; i > 0; i--) {
		const struct dns_record *record = answer->records->pdata[i - 1];

		if (record->len == 0)
			g_ptr_array_remove_index(answer->records, i - 1);
	}
	if (answer->records->len > 0)
		return;
	answer->outcome = is_alone ? DNS_NULL_MX : DNS_UNKNOWN;
	answer->why = is_alone ? "" : "no MX record that makes sense";
}

static struct dns_answer *read_records(enum dns_type type, const struct ub_result *result)
{
	struct dns_answer *answer = make_answer(DNS_ANSWER, result->ttl, "");
	gboolean has_nonsense = FALSE;

	for (guint i = 0; i < LIMIT_DNS_RECORDS && result->data[i] != NULL; i++) {
		struct dns_record *record = dns_record_read(type, (const unsigned char *)result->data[i],
		                                            (gsize)result->len[i]);

		if (record != NULL)
			g_ptr_array_add(answer->records, record);
		has_nonsense = has_nonsense || record == NULL;
	}
	if (answer->records->len == 0) {
		answer->outcome = DNS_UNKNOWN;
		answer->ttl_s = 0;
		answer->why = has_nonsense ? "the answer makes no sense" : "the answer is empty";
		return answer;
	}
	if (type == DNS_MX) {
		take_out_root(answer);
		g_ptr_array_sort(answer->records, by_preference);
	}
	return answer;
}

static struct dns_answer *read_result(enum dns_type type, int problem, const struct ub_result *result)
{
	if (problem != 0 || result == NULL)
		return make_answer(DNS_UNKNOWN, 0, ub_strerror(problem));
	if (result->rcode == RCODE_NXDOMAIN)
		return make_answer(DNS_NXDOMAIN, result->ttl, "");
	if (result->rcode != RCODE_NOERROR)
		return make_answer(DNS_UNKNOWN, 0,
		                   result->rcode == 5 ? "the name server refuses to answer"
		                                      : "the name servers fail");
	if (!result->havedata)
		return make_answer(DNS_NODATA, result->ttl, "");
	return read_records(type, result);
}

static void take_result(void *user, int problem, struct ub_result *result)
{
	struct question *question = user;
	struct dns *dns = question->dns;

	question->answer = read_result(question->type, problem, result);
	ub_resolve_free(result);
	g_queue_remove(&dns->asked, question);
	g_queue_push_tail(&dns->answered, question);
}

static void fail(struct question *question, const char *why)
{
	question->answer = make_answer(DNS_UNKNOWN, 0, why);
	g_queue_push_tail(&question->dns->answered, question);
}

gboolean dns_start(struct dns *dns, enum dns_type type, const char *name, int timeout_ms,
                   dns_answered callback, void *user)
{
	g_autofree char *reverse = type == DNS_PTR ? dns_record_reverse(name) : NULL;
	struct question *question;
	int problem;

	if (dns->is_closing || dns->asked.length + dns->answered.length >= LIMIT_DNS_QUESTIONS)
		return FALSE;
	question = g_new0(struct question, 1);
	question->dns = dns;
	question->type = type;
	question->deadline_us = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
	question->callback = callback;
	question->user = user;
	if (type == DNS_PTR && reverse == NULL) {
		fail(question, "this is no IP address");
		return TRUE;
	}
	problem = ub_resolve_async(dns->context, type == DNS_PTR ? reverse : name, numbers[type], CLASS_IN,
	                           question, take_result, &question->async_id);
	if (problem != 0)
		fail(question, ub_strerror(problem));
	else
		g_queue_push_tail(&dns->asked, question);
	return TRUE;
}

static void give_up(struct dns *dns, struct question *question, const char *why)
{
	ub_cancel(dns->context, question->async_id);
	g_queue_remove(&dns->asked, question);
	fail(question, why);
}

static void call_back(struct dns *dns)
{
	struct question *question;

	while ((question = g_queue_pop_head(&dns->answered)) != NULL) {
		question->callback(question->answer, question->user);
		g_free(question);
	}
}

void dns_work(struct dns *dns)
{
	gint64 now_us = g_get_monotonic_time();

	ub_process(dns->context);
	for (GList *at = dns->asked.head; at != NULL;) {
		struct question *question = at->data;

		at = at->next;
		if (question->deadline_us <= now_us)
			give_up(dns, question, "no answer in time");
	}
	call_back(dns);
}

void dns_free(struct dns *dns)
{
	if (dns == NULL)
		return;
	dns->is_closing = TRUE;
	while (dns->asked.length > 0)
		give_up(dns, dns->asked.head->data, "the program ends");
	call_back(dns);
	ub_ctx_delete(dns->context);
	g_free(dns);
}

int dns_fd(const struct dns *dns)
{
	return ub_fd(dns->context);
}

int dns_wait_ms(const struct dns *dns)
{
	gint64 next_us = G_MAXINT64, left_ms;

	if (dns->answered.length > 0)
		return 0;
	for (const GList *at = dns->asked.head; at != NULL; at = at->next)
		next_us = MIN(next_us, ((const struct question *)at->data)->deadline_us);
	if (next_us == G_MAXINT64)
		return -1;
	left_ms = (next_us - g_get_monotonic_time() + 999) / 1000;
	return (int)CLAMP(left_ms, 0, G_MAXINT);
}

/* Until *slot is filled by a callback. */
static void wait_for(struct dns *dns, void **slot)
{
	while (*slot == NULL) {
		struct pollfd wait = {.fd = dns_fd(dns), .events = POLLIN};

		/* an interruption only makes the loop look sooner */
		(void)poll(&wait, 1, dns_wait_ms(dns));
		dns_work(dns);
	}
}

static void keep_answer(struct dns_answer *answer, void *user)
{
	*(void **)user = answer;
}

struct dns_answer *dns_ask(struct dns *dns, enum dns_type type, const char *name, int timeout_ms)
{
	void *answer = NULL;

	if (!dns_start(dns, type, name, timeout_ms, keep_answer, &answer))
		return make_answer(DNS_UNKNOWN, 0, "too many questions at once");
	wait_for(dns, &answer);
	return answer;
}

static void keep_mail(struct dns_mail *mail, void *user)
{
	*(void **)user = mail;
}

struct dns_mail *dns_ask_mail(struct dns *dns, const char *domain, int timeout_ms)
{
	void *found = NULL;
	struct dns_mail *mail;

	if (!dns_start_mail(dns, domain, timeout_ms, keep_mail, &found)) {
		mail = g_new0(struct dns_mail, 1);
		mail->outcome = DNS_UNKNOWN;
		mail->hosts = g_ptr_array_new_with_free_func(g_free);
		mail->why = "too many questions at once";
		return mail;
	}
	wait_for(dns, &found);
	return found;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings_table.h"

#include "lib/run/settings.h"

#include <stddef.h>
#include <string.h>

#define DAY_S (24 * 60 * 60)

const struct settings_section settings_sections[SECTION_KINDS] = {
        [SECTION_CAROM] = {"carom", FALSE},      [SECTION_RELAY] = {"relay", TRUE},
        [SECTION_PROVIDER] = {"provider", TRUE}, [SECTION_SEND] = {"send", FALSE},
        [SECTION_BOUNCE] = {"bounce", FALSE},    [SECTION_WEB] = {"web", FALSE},
        [SECTION_DNS] = {"dns", FALSE},          [SECTION_DKIM] = {"dkim", TRUE},
        [SECTION_DNSBL] = {"dnsbl", FALSE},      [SECTION_LOG] = {"log", FALSE},
};

/* in the order of their enums */
static const char *const tls_words[] = {"off", "opportunistic", "required", "verify", "implicit", NULL};
static const char *const ambiguous_words[] = {"resend", "skip", NULL};
static const char *const profile_words[] = {"cautious", NULL};
static const char *const journal_word[] = {"journal", NULL};
static const char *const target_words[] = {"stderr", "syslog", "journal", NULL};
static const char *const level_words[] = {"error", "warning", "info", "debug", NULL};

#define KEY(kind, section_name, key_name, member_struct, member)             \
	.section = kind, .name = section_name "." key_name, .key = key_name, \
	.offset = offsetof(member_struct, member)
#define CAROM(key, member)    KEY(SECTION_CAROM, "carom", key, struct settings, member)
#define RELAY(key, member)    KEY(SECTION_RELAY, "relay", key, struct settings_relay, member)
#define PROVIDER(key, member) KEY(SECTION_PROVIDER, "provider", key, struct settings_provider, member)
#define SEND(key, member)     KEY(SECTION_SEND, "send", key, struct settings, member)
#define BOUNCE(key, member)   KEY(SECTION_BOUNCE, "bounce", key, struct settings, member)
#define WEB(key, member)      KEY(SECTION_WEB, "web", key, struct settings, member)
#define DNS(key, member)      KEY(SECTION_DNS, "dns", key, struct settings, member)
#define DKIM(key, member)     KEY(SECTION_DKIM, "dkim", key, struct settings_dkim, member)
#define DNSBL(key, member)    KEY(SECTION_DNSBL, "dnsbl", key, struct settings, member)
#define LOG(key, member)      KEY(SECTION_LOG, "log", key, struct settings, member)

/* clang-format off */
const struct settings_key settings_table[] = {
	{CAROM("database", database), .type = VALUE_PATH, .preset = "carom.db",
	 .help = "The database file."},
	{CAROM("secrets", secrets), .type = VALUE_PATH, .preset = "secrets",
	 .help = "The folder of keys, mode 0700."},
	{CAROM("hostname", hostname), .type = VALUE_HOST, .is_required = TRUE,
	 .help = "The name we greet relays with, and the right side of Message-IDs."},
	{CAROM("bounce_domain", bounce_domain), .type = VALUE_HOST,
	 .help = "The right side of envelope senders; hostname by default."},

	{RELAY("host", host), .type = VALUE_HOST_PORT, .offset2 = offsetof(struct settings_relay, port), .is_required = TRUE,
	 .help = "HOST or HOST:PORT of the mail server that takes our mail; port 25, or 465 with implicit TLS."},
	{RELAY("tls", tls), .type = VALUE_ENUM, .choices = tls_words,
	 .help = "How the connection is protected; verify by default, off on loopback."},
	{RELAY("ca_file", ca_file), .type = VALUE_PATH,
	 .help = "Certificates to trust instead of the system's."},
	{RELAY("source_address", source_addresses), .type = VALUE_ADDRESSES,
	 .help = "Addresses to send from; several with commas. What the checks look up as our egress."},
	{RELAY("log", log), .type = VALUE_PATH_WORD, .choices = journal_word,
	 .is_idle = TRUE, .help = "The relay's mail log, read as feedback: a file, or journal."},
	{RELAY("queue", queue), .type = VALUE_QUEUE,
	 .help = "How listctl queue looks into the relay's queue: postqueue, with options if need be."},
	{RELAY("user", user), .type = VALUE_TEXT,
	 .help = "User name for AUTH; needs tls = verify or implicit."},
	{RELAY("password_file", password_file), .type = VALUE_PATH,
	 .help = "File with the password, mode 0600."},
	{RELAY("connections", connections), .type = VALUE_COUNT, .preset = "4", .least = 1, .most = 100,
	 .help = "Connections at the same time."},
	{RELAY("messages_per_connection", messages_per_connection), .type = VALUE_COUNT, .preset = "100", .least = 1,
	 .most = 1000000, .help = "Messages after which a connection is made anew."},
	{RELAY("rate", rates), .type = VALUE_RATES,
	 .help = "Most messages to this relay, like 7200/h; units s, min, h, day; several with commas."},
	{RELAY("weight", weight), .type = VALUE_COUNT, .preset = "1", .least = 1, .most = 1000,
	 .help = "This relay's share of the mail beside other relays."},

	{PROVIDER("rate", rates), .type = VALUE_RATES,
	 .help = "Most messages to this provider."},
	{PROVIDER("connections", connections), .type = VALUE_COUNT, .least = 1, .most = 100,
	 .help = "Connections busy with this provider at the same time."},

	{SEND("rate", send_rates), .type = VALUE_RATES, .preset = "36000/h",
	 .help = "Most messages to all relays together."},
	{SEND("warmup", warmup), .type = VALUE_SWITCH, .preset = "off",
	 .help = "Raise the pace day by day for each relay and provider."},
	{SEND("window", window), .type = VALUE_WINDOW,
	 .help = "Hours in which mail is sent, like 08:00-20:00 Europe/Berlin."},
	{SEND("max_age", max_age_s), .type = VALUE_DURATION, .preset = "5d", .least = 1, .most = 365 * DAY_S,
	 .help = "How long a delivery is tried."},
	{SEND("ambiguous", ambiguous), .type = VALUE_ENUM, .choices = ambiguous_words, .preset = "resend",
	 .help = "What becomes of a message whose last reply was not read: resend or skip."},
	{SEND("profile", profile), .type = VALUE_CHOICE, .choices = profile_words,
	 .help = "cautious: limits for providers without history, too."},

	{BOUNCE("lmtp", lmtp), .type = VALUE_LISTEN,
	 .help = "Where bounces come in by LMTP: ADDRESS:PORT or unix:PATH."},
	{BOUNCE("maildir", maildir), .type = VALUE_PATH,
	 .help = "A Maildir to read bounces from."},
	{BOUNCE("keep_raw", keep_raw_s), .type = VALUE_DURATION, .preset = "30d", .least = 1, .most = 3650 * DAY_S,
	 .help = "How long raw bounces are kept."},
	{BOUNCE("policy", policy), .type = VALUE_NAME, .preset = "newsletter",
	 .help = "The policy by which bounces count."},

	{WEB("listen", listen), .type = VALUE_LISTEN, .preset = "127.0.0.1:8025",
	 .help = "Where the web pages are served: ADDRESS:PORT or unix:PATH."},
	{WEB("base_url", base_url), .type = VALUE_URL, .is_required = TRUE,
	 .help = "What links in mails begin with; https, or http on loopback."},
	{WEB("trusted_proxy", trusted_proxy), .type = VALUE_ADDRESS,
	 .help = "The address of the proxy whose X-Forwarded-For is believed."},

	{DNS("server", dns_server), .type = VALUE_SERVER,
	 .help = "Resolver to ask, ADDRESS or ADDRESS@PORT; the system's by default."},

	{DKIM("domain", domain), .type = VALUE_HOST, .is_required = TRUE,
	 .help = "The domain that signs."},
	{DKIM("selector", selector), .type = VALUE_SELECTOR, .is_required = TRUE,
	 .help = "The selector of the key's DNS record."},
	{DKIM("key_file", key_file), .type = VALUE_PATH, .is_required = TRUE,
	 .is_idle = TRUE, .help = "The private key, PEM."},

	{DNSBL("zones", dnsbl_zones), .type = VALUE_ZONES,
	 .is_idle = TRUE, .help = "Block lists to look us up in; several with commas."},

	{LOG("target", log_target), .type = VALUE_CHOICE, .choices = target_words, .preset = "stderr",
	 .help = "Where the log goes."},
	{LOG("level", log_level), .type = VALUE_CHOICE, .choices = level_words, .preset = "info",
	 .help = "The least important kind of line that is logged."},
};
/* clang-format on */
const gsize settings_table_len = G_N_ELEMENTS(settings_table);

const struct settings_key *settings_table_find(enum section_kind section, const char *key)
{
	for (gsize i = 0; i < settings_table_len; i++) {
		if (settings_table[i].section == section && strcmp(settings_table[i].key, key) == 0)
			return &settings_table[i];
	}
	return NULL;
}

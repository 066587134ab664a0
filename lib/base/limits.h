// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/*
 * Every ceiling on what input can make us hold or do. A security document: whoever adds a buffer that
 * grows with input adds its ceiling here. Bytes unless the name says otherwise.
 */

/* addresses, RFC 5321 4.5.3.1 */
#define LIMIT_ADDRESS       254
#define LIMIT_LOCAL_PART    64
#define LIMIT_DOMAIN        253
#define LIMIT_LABEL         63
#define LIMIT_LIST_NAME     32

/* files that people write */
#define LIMIT_CONFIG_FILE   (1024 * 1024)
#define LIMIT_SECRET_FILE   4096
#define LIMIT_PART_FILE     (4 * 1024 * 1024)  /* text and HTML given to send */
#define LIMIT_MESSAGE_FILE  (16 * 1024 * 1024) /* an .eml or attachment given to send */
#define LIMIT_TEMPLATE_FILE (256 * 1024)           /* a page, mail or style sheet of the operator */
#define LIMIT_LOGO_FILE     (256 * 1024)           /* the picture on top of the pages of a list */
#define LIMIT_TOMBSTONES    (64 * 1024 * 1024)     /* the file of erased addresses, 76 bytes each */

#define LIMIT_TEST_ADDRESSES 20                /* of one send --test */

#define LIMIT_CANARY         5000              /* recipients of a first slice */
#define LIMIT_POLICIES      64                 /* count of sections in rules/policy and an operator's file */

/* subscriber attributes */
#define LIMIT_FIELD_NAME    64
#define LIMIT_FIELD_VALUE   1024
#define LIMIT_FIELDS        64                 /* count per subscriber */

/* outgoing messages, RFC 5322 2.1.1 and 8.5.2 of Postfix's defaults */
#define LIMIT_LINE_OUT      998
#define LIMIT_MESSAGE_OUT   (20 * 1024 * 1024)
#define LIMIT_HEADER_OUT    4096               /* one value before it is encoded; the rest is cut */

/* the content of a message that is looked at before it goes out */
#define LIMIT_LINT_TEXT     (1024 * 1024)      /* of a text or HTML part that is read; the rest is not */
#define LIMIT_LINT_DEPTH    256                /* open HTML elements whose style is known, levels */
#define LIMIT_LINT_LINKS    2000               /* count of links that are looked at */

/* incoming reports */
#define LIMIT_REPORT_STORED (5 * 1024 * 1024)  /* kept of a raw message; the rest is cut */
#define LIMIT_REPORT_PARSED (512 * 1024)       /* of it handed to the MIME parser */
#define LIMIT_REPORT_DEPTH  20                 /* MIME nesting, levels */
#define LIMIT_REPORT_PARTS  200                /* MIME parts, count */
#define LIMIT_REPORT_RECIPIENTS 100            /* count of recipients taken from one report */
#define LIMIT_REPORT_FIELD  8192               /* one unfolded field of a report */
#define LIMIT_REPORT_TEXT   (32 * 1024)        /* of a text part searched for reasons */
#define LIMIT_DIAGNOSTIC    1024               /* kept of a diagnostic text */

#define LIMIT_CLASSIFY_MESSAGE (1024 * 1024) /* of a message in a large mbox; more than LIMIT_REPORT_PARSED */
#define LIMIT_CLASSIFY_INPUT (256 * 1024 * 1024) /* of an mbox on a pipe to --classify */

/* import */
#define LIMIT_CSV_FIELD     (64 * 1024)
#define LIMIT_CSV_ROW       (256 * 1024)
#define LIMIT_CSV_COLUMNS   256                /* count */
#define LIMIT_IMPORT_ROWS   20000000           /* count; each past LIMIT_SEEN_MEMORY takes 8 bytes of a temporary file */
#define LIMIT_SEEN_MEMORY   (1024 * 1024)      /* count, 8 bytes each: for finding duplicates within a file */

/* the quality of a list */
#define LIMIT_QUALITY_WHOLE   100000           /* count of subscriptions up to which each is looked at, unless asked to */
#define LIMIT_QUALITY_SAMPLE  50000            /* count of those looked at of a longer list */
#define LIMIT_QUALITY_DOMAINS 100000           /* count of domains told apart; the rest is one */
#define LIMIT_QUALITY_BOXES   4000000          /* count of mailboxes compared, 8 bytes each */

/* the wire */
#define LIMIT_SMTP_REPLY    (8 * 1024)         /* one reply, all its lines */
#define LIMIT_SCRAM_ITERATIONS 1000000         /* rounds of PBKDF2 that a relay may ask for: a second or so */
#define LIMIT_HTTP_BODY     (8 * 1024)
#define LIMIT_HTTP_URL      2048
#define LIMIT_HTTP_CONNECTIONS 512             /* count */
#define LIMIT_HTTP_MEMORY   (16 * 1024)        /* of one connection: request line and header fields */
#define LIMIT_HTTP_DISCARD  (128 * 1024)       /* of a body past LIMIT_HTTP_BODY, read to be able to answer */
#define LIMIT_HTTP_FIELDS   64                 /* count per form */
#define LIMIT_HTTP_DELAY_MS 1000               /* of an answer that must not tell by its time; milliseconds */
#define LIMIT_HTTP_SECONDS  30                 /* for one request, however it drips; seconds */
#define LIMIT_DNS_RECORDS   128                /* count taken from one answer */
#define LIMIT_DOMAINS_KNOWN 100000             /* count of domains whose provider is remembered */
#define LIMIT_DNS_QUESTIONS 512                /* count of those on the way at once */
#define LIMIT_WEB_STRANGERS 10000              /* count of networks remembered for wrong links */
#define LIMIT_WEB_NAME      200                /* a name that somebody gives on the page of preferences */

/* bounces by LMTP and Maildir */
#define LIMIT_LMTP_LINE     2048               /* one command with its line end; RFC 5321 4.5.3.1.4 and its extensions */
#define LIMIT_LMTP_DRAINED  (100 * 1024 * 1024) /* of one message: what is past LIMIT_REPORT_STORED is thrown away */
#define LIMIT_LMTP_RECIPIENTS 100              /* count per message, RFC 5321 4.5.3.1.8 */
#define LIMIT_LMTP_ERRORS   20                 /* count of wrong commands per connection */
#define LIMIT_LMTP_CONNECTIONS 128             /* count */
#define LIMIT_LMTP_HELD     (64 * 1024 * 1024) /* of messages not yet stored, over all connections */
#define LIMIT_LMTP_IDLE_SECONDS 60             /* for the next byte; seconds */
#define LIMIT_LMTP_MESSAGE_SECONDS 300         /* from one message to the end of the next, however it drips; seconds */
#define LIMIT_MAILDIR_HEADER (64 * 1024)       /* of a message searched for its envelope recipient */
#define LIMIT_MAILDIR_NAMES 100000             /* count of names held of a Maildir's new/ at a time */

/* the relay's queue */
#define LIMIT_QUEUE_LINE    (1024 * 1024)      /* one message with all its recipients, as postqueue prints it */
#define LIMIT_QUEUE_ID      32
#define LIMIT_QUEUE_SECONDS 60                 /* for the whole queue; seconds */
#define LIMIT_QUEUE_GROUPS  10000              /* count of (provider, reason, age) told apart; the rest is one */

/* settings */
#define LIMIT_SETTINGS_SECTIONS 256            /* count */
#define LIMIT_SETTINGS_ITEMS 64                /* count in one value with commas */
#define LIMIT_SETTINGS_ERRORS 20               /* count of those reported at once */
#define LIMIT_SETTINGS_VALUE 4096
#define LIMIT_SOCKET_PATH   107                /* sun_path of unix(7) without its NUL */

#endif

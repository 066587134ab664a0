-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 1. This file is also the data dictionary.
-- Times are Unix seconds UTC in columns named *_at, whole days since 1970 in *_day, booleans 0/1.
-- Ids that go into tokens or Message-IDs are never used twice, hence AUTOINCREMENT.
-- Large tables spell their checks with OR: for an IN of three or more SQLite builds a table anew for each row.

-- Facts about this installation; one row.
CREATE TABLE installation (
	id          INTEGER PRIMARY KEY CHECK (id = 1),
	uid         TEXT NOT NULL,               -- random, part of every Message-ID's MAC
	created_at  INTEGER NOT NULL
) STRICT;

-- A mailing list: who sends, under which rules.
CREATE TABLE list (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	name        TEXT NOT NULL UNIQUE,        -- [a-z0-9][a-z0-9-]{0,31}
	title       TEXT NOT NULL,
	from_header TEXT NOT NULL,               -- 'Title <addr>', the From of its mail
	owner       TEXT NOT NULL,               -- address of the person in charge
	opt_in      TEXT NOT NULL CHECK (opt_in IN ('double', 'single')),
	relay       TEXT NOT NULL,               -- name of a [relay:*] section; '' = the first
	policy      TEXT NOT NULL,               -- name of a bounce policy; '' = [bounce] policy
	imprint     TEXT NOT NULL,               -- postal address and the like, for {{imprint}}
	language    TEXT NOT NULL,               -- of its own mails and pages: 'en', 'de', ...
	created_at  INTEGER NOT NULL
) STRICT;

-- One address, on however many lists.
CREATE TABLE subscriber (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	address        TEXT NOT NULL UNIQUE,     -- for comparing: case folded, domain as A-labels
	spelling       TEXT,                     -- as it is mailed, where that differs from address
	attributes     TEXT,                     -- JSON object of texts, for {{field}}; NULL = none
	needs_smtputf8 INTEGER NOT NULL DEFAULT 0 CHECK (needs_smtputf8 IN (0, 1)), -- such an address is not mailed
	created_at     INTEGER NOT NULL
) STRICT;

-- One run of import. It carries the consent and the event for all subscriptions that it made.
CREATE TABLE import (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	list_id     INTEGER NOT NULL REFERENCES list (id),
	at          INTEGER NOT NULL,
	finished_at INTEGER,                     -- NULL: running, or stopped in the middle
	operator    TEXT NOT NULL,               -- login name of who ran it
	source      TEXT NOT NULL,               -- file name
	sha256      TEXT,                        -- of the file's bytes, hex; NULL until finished
	consent     TEXT,                        -- the declared consent; NULL: imported as pending
	rows        INTEGER NOT NULL DEFAULT 0,
	added       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One address on one list.
CREATE TABLE subscription (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	list_id         INTEGER NOT NULL REFERENCES list (id),
	subscriber_id   INTEGER NOT NULL REFERENCES subscriber (id),
	state           TEXT NOT NULL CHECK (state = 'active' OR state = 'pending' OR state = 'suspended'
	                OR state = 'removed' OR state = 'unsubscribed' OR state = 'complained'),
	cause           TEXT CHECK (cause IS NULL OR cause = 'bounce' OR cause = 'domain' OR cause = 'admin'
	                OR cause = 'request' OR cause = 'complaint'), -- of the state
	state_at        INTEGER NOT NULL,        -- in this state since
	created_at      INTEGER NOT NULL,
	import_id       INTEGER REFERENCES import (id), -- the import that made it
	half_points     INTEGER NOT NULL DEFAULT 0 CHECK (half_points >= 0), -- bounce score, in halves of a campaign missed
	bounce_first_at INTEGER,                 -- first and last bounce that counted into the score
	bounce_last_at  INTEGER,
	bounce_campaign INTEGER,                 -- campaign of the last one that counted: one count per campaign
	remove_at       INTEGER,                 -- suspended after a definite hard failure: removed then
	suspended_until INTEGER,                 -- suspended by score: active again then
	UNIQUE (list_id, subscriber_id)
) STRICT;
CREATE INDEX subscription_remove ON subscription (remove_at) WHERE remove_at IS NOT NULL;
CREATE INDEX subscription_until ON subscription (suspended_until) WHERE suspended_until IS NOT NULL;

-- Evidence that somebody wanted this mail; append only. Imports keep theirs in import.consent.
CREATE TABLE consent (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	at              INTEGER NOT NULL,
	how             TEXT NOT NULL CHECK (how IN ('command', 'form', 'confirm')),
	actor           TEXT NOT NULL,           -- login name or network address
	text            TEXT NOT NULL            -- what was declared or agreed to
) STRICT;
CREATE INDEX consent_subscription ON consent (subscription_id);

-- A request for confirmation (double opt-in): what a confirm token points to.
CREATE TABLE request (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	created_at      INTEGER NOT NULL,
	expires_at      INTEGER NOT NULL,
	used_at         INTEGER                  -- single use
) STRICT;
CREATE INDEX request_subscription ON request (subscription_id);
CREATE INDEX request_unused ON request (expires_at) WHERE used_at IS NULL;

-- Addresses that get nothing, on any list.
CREATE TABLE suppression (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	address      TEXT UNIQUE,                -- as subscriber.address; NULL once the person was erased
	address_hash TEXT NOT NULL UNIQUE,       -- HMAC of it, hex
	cause        TEXT NOT NULL CHECK (cause IN ('bounce', 'domain', 'admin', 'request', 'complaint')),
	note         TEXT NOT NULL,
	at           INTEGER NOT NULL
) STRICT;

-- A mailing: a campaign, or one mail of another kind.
CREATE TABLE campaign (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	kind         TEXT NOT NULL CHECK (kind IN
	             ('campaign', 'confirm', 'already-subscribed', 'probe', 'goodbye', 'notice', 'test')),
	list_id      INTEGER NOT NULL REFERENCES list (id),
	state        TEXT NOT NULL CHECK (state IN ('preparing', 'running', 'paused', 'done', 'cancelled')),
	from_header  TEXT NOT NULL,
	reply_to     TEXT,
	subject      TEXT NOT NULL,              -- subject, text and html are templates
	text         TEXT,
	html         TEXT,
	created_at   INTEGER NOT NULL,
	start_at     INTEGER NOT NULL,           -- nothing is handed over before
	finished_at  INTEGER,
	filled_to    INTEGER NOT NULL DEFAULT 0, -- preparing: subscribers of smaller or equal id are in the ledger
	request_id   INTEGER,                    -- kind confirm: the request (gone when it expired)
	pause_reason TEXT
) STRICT;
CREATE INDEX campaign_open ON campaign (state, id) WHERE state IN ('preparing', 'running', 'paused');

-- Files that go with a mailing.
CREATE TABLE attachment (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	campaign_id INTEGER NOT NULL REFERENCES campaign (id),
	name        TEXT NOT NULL,
	type        TEXT,                        -- MIME type; NULL: by the name
	content_id  TEXT,                        -- of an image that the HTML shows; NULL: an ordinary attachment
	bytes       BLOB NOT NULL
) STRICT;
CREATE INDEX attachment_campaign ON attachment (campaign_id);

-- The ledger: one row per mailing and recipient, from before the first attempt until for ever.
CREATE TABLE delivery (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	campaign_id     INTEGER NOT NULL REFERENCES campaign (id),
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	state           TEXT NOT NULL CHECK (state = 'queued' OR state = 'claimed' OR state = 'handing' OR state = 'sent'
	                OR state = 'deferred' OR state = 'failed' OR state = 'ambiguous' OR state = 'skipped'
	                OR state = 'expired'),
	next_at         INTEGER,                 -- due then; NULL: in hand, or at its end
	generation      INTEGER NOT NULL DEFAULT 0, -- raised by a new attempt on purpose, never by a retry
	attempts        INTEGER NOT NULL DEFAULT 0, -- hand-overs that got a reply or were ambiguous
	token_day       INTEGER,                 -- day in its envelope token, fixed at the first hand-over
	first_handed_at INTEGER,                 -- Date of the message
	ended_at        INTEGER,                 -- reached its last state
	code            INTEGER,                 -- last SMTP reply
	status          TEXT,                    -- last enhanced code
	note            TEXT,                    -- last reply's words, or why it was skipped
	relay           TEXT,
	UNIQUE (campaign_id, subscription_id)
) STRICT;
CREATE INDEX delivery_due ON delivery (campaign_id, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX delivery_state ON delivery (campaign_id, state);
CREATE INDEX delivery_subscription ON delivery (subscription_id);
CREATE INDEX delivery_in_hand ON delivery (state) WHERE state IN ('claimed', 'handing');

-- What came back: raw message, what it says, what was judged. Also refusals in our own session with the relay.
CREATE TABLE bounce (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	received_at     INTEGER NOT NULL,
	source          TEXT NOT NULL CHECK (source IN ('pipe', 'lmtp', 'maildir', 'session', 'import')),
	state           TEXT NOT NULL CHECK (state IN ('unread', 'judged', 'foreign', 'unknown', 'held')),
	                                         -- foreign: no token of ours; unknown: not understood, or failed three times
	tries           INTEGER NOT NULL DEFAULT 0,
	envelope_recipient TEXT NOT NULL,        -- as it came, '' for a session
	raw             BLOB,                    -- the message, zlib-compressed; NULL when older than keep_raw
	raw_size        INTEGER NOT NULL,        -- bytes before compression
	is_cut          INTEGER NOT NULL DEFAULT 0 CHECK (is_cut IN (0, 1)), -- raw holds only the beginning
	raw_hash        TEXT,                    -- SHA-256 of the whole message, hex, where old mail was imported
	delivery_id     INTEGER REFERENCES delivery (id),
	subscription_id INTEGER REFERENCES subscription (id),
	campaign_id     INTEGER REFERENCES campaign (id),
	kind            TEXT,                    -- verdict: hard soft delayed complaint autoreply notbounce other
	reason          TEXT,
	blame           TEXT,
	rule            TEXT,                    -- id of the rule that made the verdict
	recipient       TEXT,                    -- as the report names it
	action          TEXT,
	status          TEXT,
	reply           TEXT,
	diagnostic      TEXT,
	remote_mta      TEXT,
	reporting_mta   TEXT,
	format          TEXT,
	effect          TEXT                     -- what the policy made of it
) STRICT;
CREATE INDEX bounce_state ON bounce (state);
CREATE INDEX bounce_delivery ON bounce (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX bounce_subscription ON bounce (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX bounce_campaign ON bounce (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX bounce_reason ON bounce (reason) WHERE reason IS NOT NULL;
CREATE INDEX bounce_received ON bounce (received_at);
CREATE UNIQUE INDEX bounce_hash ON bounce (raw_hash) WHERE raw_hash IS NOT NULL;
CREATE INDEX bounce_raw ON bounce (received_at) WHERE raw IS NOT NULL;

-- Every change of a state with its cause; append only. Ids and codes, no addresses.
CREATE TABLE event (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	at              INTEGER NOT NULL,
	what            TEXT NOT NULL,           -- subscribe confirm unsubscribe import bounce suspend remove ...
	actor           TEXT NOT NULL,           -- command, web, mail, bounce, timer, sender
	list_id         INTEGER,
	subscription_id INTEGER,
	campaign_id     INTEGER,
	delivery_id     INTEGER,
	bounce_id       INTEGER,
	from_state      TEXT,
	to_state        TEXT,
	cause           TEXT,
	detail          TEXT                     -- codes and numbers: 'score 0.5 -> 1.5'
) STRICT;
CREATE INDEX event_subscription ON event (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX event_campaign ON event (campaign_id) WHERE campaign_id IS NOT NULL AND subscription_id IS NULL;
CREATE TRIGGER event_is_append_only BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append only'); END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event is append only'); END;
CREATE TRIGGER event_is_not_replaced BEFORE INSERT ON event -- REPLACE fires no trigger for the row that goes
WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'event is append only'); END;

-- Slots of the pace that are spent; shared by all processes.
CREATE TABLE pace (
	name         TEXT PRIMARY KEY,           -- 'global', 'relay:NAME'
	next_free_us INTEGER NOT NULL            -- Unix microseconds
) STRICT;

-- When the timed work was last done.
CREATE TABLE timer (
	name        TEXT PRIMARY KEY,
	last_run_at INTEGER NOT NULL
) STRICT;

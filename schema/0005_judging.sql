-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 5: judging by policy, probes, freezes and their undoing, dead domains, notices to owners.

-- What bounces, silence and probes leave behind, besides half_points and the dates of version 1.
ALTER TABLE subscription ADD COLUMN silent INTEGER NOT NULL DEFAULT 0; -- campaigns in a row that brought nothing back
ALTER TABLE subscription ADD COLUMN silent_at INTEGER;   -- hand-over of the last of them
ALTER TABLE subscription ADD COLUMN hit_at INTEGER;      -- first hit of a reason that counts as hard only when it comes twice
ALTER TABLE subscription ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;  -- probes that failed since the last sign of life
ALTER TABLE subscription ADD COLUMN probe_at INTEGER;    -- when the probe that is out was queued
ALTER TABLE subscription ADD COLUMN probed_at INTEGER;   -- on its way out, and the probe has failed, too
ALTER TABLE subscription ADD COLUMN look_at INTEGER;     -- timed work looks at it then; NULL: when its dates say so
ALTER TABLE subscription ADD COLUMN next_at INTEGER;     -- look_at, or the earliest date that holds in its state
UPDATE subscription SET next_at = coalesce(remove_at, suspended_until) WHERE state = 'suspended';
UPDATE subscription SET look_at = bounce_last_at + 604800, next_at = bounce_last_at + 604800
WHERE state = 'active' AND half_points > 0;
DROP INDEX subscription_remove;
CREATE INDEX subscription_next ON subscription (next_at) WHERE next_at IS NOT NULL;

-- The subscription as it is after the event: 'state=active;at=...', see subscription_life_write(). NULL: the event left it
-- as it was, or is from before version 5. The last one of a subscription is its row.
ALTER TABLE event ADD COLUMN life TEXT;

-- A request that stands in a probe, and does not count against the quota of confirmation mail.
ALTER TABLE request ADD COLUMN is_probe INTEGER NOT NULL DEFAULT 0 CHECK (is_probe IN (0, 1));

ALTER TABLE bounce ADD COLUMN provider TEXT;      -- where the recipient's mail is handled, see domain.provider
ALTER TABLE bounce ADD COLUMN domain TEXT;        -- of the subscriber's address
ALTER TABLE bounce ADD COLUMN via_forward INTEGER NOT NULL DEFAULT 0 CHECK (via_forward IN (0, 1)); -- failed behind a forwarding
ALTER TABLE bounce ADD COLUMN judged_at INTEGER;
ALTER TABLE bounce ADD COLUMN freeze_id INTEGER;  -- the freeze that holds it, or held it
ALTER TABLE bounce ADD COLUMN undone_at INTEGER;  -- an operator took its effect back
CREATE INDEX bounce_provider ON bounce (provider, judged_at) WHERE provider IS NOT NULL;
CREATE INDEX bounce_freeze ON bounce (freeze_id) WHERE freeze_id IS NOT NULL;

-- What a mail server domain is, and whether it is there at all. Rows are made when somebody asks.
CREATE TABLE domain (
	name          TEXT PRIMARY KEY,          -- A-labels, lower case
	provider      TEXT,                      -- group of mail servers by MX; NULL: not known, the domain is its own
	mx            TEXT,                      -- the preferred one
	expires_at    INTEGER,                   -- of provider and mx
	looks         INTEGER NOT NULL DEFAULT 0,-- answers in a row that found it gone
	gone_at       INTEGER,                   -- the first of them
	look_at       INTEGER,                   -- next look of our own; NULL: none is due
	answer        TEXT CHECK (answer IS NULL OR answer IN ('lives', 'gone', 'silent')), -- the last one
	answer_at     INTEGER,
	unreachable_since INTEGER,               -- no delivery got through since; NULL: the last one did
	sweep         TEXT CHECK (sweep IS NULL OR sweep IN ('dead', 'unreachable')), -- its subscribers are being removed, suspended
	sweep_to      INTEGER NOT NULL DEFAULT 0 -- those of smaller or equal id are done
) STRICT;
CREATE INDEX domain_look ON domain (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX domain_sweep ON domain (sweep) WHERE sweep IS NOT NULL;

-- The account of each provider, in slots of ten minutes: what was handed over to it and what came back. Kept 35 days.
CREATE TABLE provider_slot (
	provider   TEXT NOT NULL,
	slot       INTEGER NOT NULL,             -- Unix seconds / 600
	handed     INTEGER NOT NULL DEFAULT 0,
	hard       INTEGER NOT NULL DEFAULT 0,   -- definite failures that blame the recipient
	soft       INTEGER NOT NULL DEFAULT 0,   -- others that do
	complaint  INTEGER NOT NULL DEFAULT 0,
	reputation INTEGER NOT NULL DEFAULT 0,   -- failures that blame us, the letter, or the way
	content    INTEGER NOT NULL DEFAULT 0,
	sender     INTEGER NOT NULL DEFAULT 0,
	network    INTEGER NOT NULL DEFAULT 0,
	hard_from  INTEGER,                      -- earliest hand-over of the deliveries that failed hard in it
	PRIMARY KEY (provider, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_slot_age ON provider_slot (slot);

-- The account of each mailing, by provider.
CREATE TABLE campaign_account (
	campaign_id INTEGER NOT NULL,
	provider    TEXT NOT NULL,
	handed     INTEGER NOT NULL DEFAULT 0,
	hard       INTEGER NOT NULL DEFAULT 0,
	soft       INTEGER NOT NULL DEFAULT 0,
	complaint  INTEGER NOT NULL DEFAULT 0,
	reputation INTEGER NOT NULL DEFAULT 0,
	content    INTEGER NOT NULL DEFAULT 0,
	sender     INTEGER NOT NULL DEFAULT 0,
	network    INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (campaign_id, provider)
) STRICT, WITHOUT ROWID;

-- Judgement at a provider stands still, or stood still and somebody has to decide about what it holds.
CREATE TABLE freeze (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	provider    TEXT NOT NULL,
	began_at    INTEGER NOT NULL,
	covers_from INTEGER NOT NULL,            -- verdicts from then on are held
	hot_at      INTEGER NOT NULL,            -- the limit was passed last
	why         TEXT NOT NULL,               -- the numbers
	ended_at    INTEGER,                     -- NULL: new verdicts are held
	decided_at  INTEGER,                     -- NULL: what is held waits for a person
	decision    TEXT CHECK (decision IS NULL OR decision IN ('release', 'undo'))
) STRICT;
CREATE UNIQUE INDEX freeze_open ON freeze (provider) WHERE ended_at IS NULL;
CREATE INDEX freeze_undecided ON freeze (id) WHERE decided_at IS NULL;

-- What owners are to be told. One row per list and subject until it is sent; the next one is a new row.
CREATE TABLE notice (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	list_id     INTEGER NOT NULL REFERENCES list (id),
	subject     TEXT NOT NULL,               -- 'removed', 'suspended', 'freeze:7', 'complaints:12' ...
	count       INTEGER NOT NULL DEFAULT 1,  -- how often it happened
	first_at    INTEGER NOT NULL,
	last_at     INTEGER NOT NULL,
	text        TEXT NOT NULL,               -- a sentence, or '' where subject and count say all
	sent_at     INTEGER,                     -- NULL: waits for the next digest
	campaign_id INTEGER REFERENCES campaign (id) -- the mailing that told it
) STRICT;
CREATE UNIQUE INDEX notice_open ON notice (list_id, subject) WHERE sent_at IS NULL;
CREATE INDEX notice_subject ON notice (list_id, subject);

-- Who does the timed work just now: nobody else does until the lease has run out.
ALTER TABLE timer ADD COLUMN holder TEXT;
ALTER TABLE timer ADD COLUMN held_until INTEGER;

-- A delivery goes to a subscription, or to an owner's address. SQLite cannot take a NOT NULL away but so, and this way no
-- row of the largest table is copied. It comes after all else that is done to that table, since ALTER TABLE counts on the
-- text that it knows; the index after it tells other connections that the schema has changed.
ALTER TABLE delivery ADD COLUMN recipient TEXT CHECK ((recipient IS NULL) = (subscription_id IS NOT NULL));
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'subscription_id INTEGER NOT NULL REFERENCES subscription (id)',
	'subscription_id INTEGER REFERENCES subscription (id)') WHERE type = 'table' AND name = 'delivery';
PRAGMA writable_schema = RESET;
CREATE UNIQUE INDEX delivery_recipient ON delivery (campaign_id, recipient) WHERE recipient IS NOT NULL;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- Opt-in, the pages, and erasure: fuller evidence of consent, quotas of requests from outside, how a list looks.

-- How the pages of a list look, and which mails of courtesy it sends.
ALTER TABLE list ADD COLUMN colour TEXT NOT NULL DEFAULT '';       -- of its buttons, '#1f5fbf'; '' = ours
ALTER TABLE list ADD COLUMN welcome INTEGER NOT NULL DEFAULT 0 CHECK (welcome IN (0, 1)); -- mail after confirming
ALTER TABLE list ADD COLUMN goodbye INTEGER NOT NULL DEFAULT 0 CHECK (goodbye IN (0, 1)); -- mail after leaving

-- The picture on top of a list's pages.
CREATE TABLE logo (
	list_id INTEGER PRIMARY KEY REFERENCES list (id),
	type    TEXT NOT NULL,                   -- MIME type: image/png and the like
	bytes   BLOB NOT NULL
) STRICT;

-- Evidence that somebody wanted this mail; append only, but for the network address, which is cut short after 30 days,
-- and for erasure. What an import declared stands in import.
CREATE TABLE consent_2 (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	at              INTEGER NOT NULL,
	how             TEXT NOT NULL CHECK (how IN ('command', 'form', 'mail', 'confirm', 'undo')),
	actor           TEXT NOT NULL,           -- login name of the operator, or 'web', 'mail'
	network         TEXT,                    -- network address that it came from
	is_cut          INTEGER NOT NULL DEFAULT 0 CHECK (is_cut IN (0, 1)), -- network has only its first bits left
	agent_hash      TEXT,                    -- SHA-256 of the browser's name, hex
	source          TEXT,                    -- address of the form or page
	text            TEXT NOT NULL,           -- what was declared, or shown and agreed to
	text_hash       TEXT,                    -- SHA-256 of the text shown, hex
	text_version    TEXT,                    -- which text: 'subscribe/en'
	request_id      INTEGER                  -- the request that a confirm token was made for
) STRICT;
INSERT INTO consent_2 (id, subscription_id, at, how, actor, network, text)
	SELECT id, subscription_id, at, how,
		CASE WHEN how <> 'command' AND (actor LIKE '%.%.%.%' OR actor LIKE '%:%') THEN 'web' ELSE actor END,
		CASE WHEN how <> 'command' AND (actor LIKE '%.%.%.%' OR actor LIKE '%:%') THEN actor END,
		text FROM consent;
DROP TABLE consent;
ALTER TABLE consent_2 RENAME TO consent;
CREATE INDEX consent_subscription ON consent (subscription_id);
CREATE INDEX consent_network ON consent (at) WHERE network IS NOT NULL AND is_cut = 0;
CREATE TRIGGER consent_is_append_only BEFORE UPDATE OF id, subscription_id, at, how, actor, agent_hash, source, text,
	text_hash, text_version, request_id ON consent BEGIN SELECT RAISE(ABORT, 'consent is append only'); END;

-- Requests from outside (form, mail) that led to a mail, counted against list bombing. Kept for 30 days.
CREATE TABLE webhit (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	at      INTEGER NOT NULL,
	network TEXT NOT NULL,                   -- IPv4 address, IPv6 /64, or 'mail'
	target  TEXT NOT NULL                    -- HMAC of the mailbox asked for, hex: one for all spellings of it
) STRICT;
CREATE INDEX webhit_network ON webhit (network, at);
CREATE INDEX webhit_target ON webhit (target, at);
CREATE INDEX webhit_at ON webhit (at);

-- Erased addresses are found by their hash alone.
CREATE INDEX suppression_erased ON suppression (id) WHERE address IS NULL;

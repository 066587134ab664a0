-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 4: the pace of each relay, list and provider, and what was learned of them.

-- What is spent of the limits, by limited thing; shared by all processes.
DROP TABLE pace;
CREATE TABLE pace (
	scope    TEXT PRIMARY KEY,               -- 'all', 'relay:NAME', 'provider:NAME', 'domain:NAME', 'flow:RELAY/PROVIDER/DOMAIN'
	version  INTEGER NOT NULL,               -- rises with each change
	spent    BLOB NOT NULL,                  -- cells of the sliding windows, see limiter_save()
	used_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX pace_age ON pace (used_at);

-- The clock of pace.spent: microseconds of CLOCK_MONOTONIC of this boot and base_us. Nobody can set it; one row.
CREATE TABLE pace_clock (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	boot_id TEXT NOT NULL,
	base_us INTEGER NOT NULL
) STRICT;

-- Each way of mail that has a history: its rate, its breaker, its warming up, as flow_write() has them.
CREATE TABLE flow (
	relay       TEXT NOT NULL,               -- name of a [relay:*] section
	provider    TEXT NOT NULL,               -- of rules/providers, or a domain; '*': all, for what concerns our address
	from_domain TEXT NOT NULL,               -- of the From header; '*': all
	state       TEXT NOT NULL,
	updated_at  INTEGER NOT NULL,
	PRIMARY KEY (relay, provider, from_domain)
) STRICT;

-- What an operator has stopped.
CREATE TABLE hold (
	kind TEXT NOT NULL CHECK (kind IN ('all', 'provider', 'list', 'campaign')),
	name TEXT NOT NULL,                      -- '' for all; of a campaign the id
	at   INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT;

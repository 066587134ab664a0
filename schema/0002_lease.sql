-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 2: who holds the deliveries that are in hand.

-- One row for each running listd that takes deliveries. The id is the generation of its claims: it is never used twice, so
-- a process that slept through its lease finds that the rows are not its own any more.
CREATE TABLE lease (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	boot_id     TEXT NOT NULL,               -- of the kernel: expires_ms counts from that boot
	pid         INTEGER NOT NULL,            -- for people
	started_at  INTEGER NOT NULL,
	expires_ms  INTEGER NOT NULL             -- milliseconds since boot, CLOCK_BOOTTIME: no clock that is set moves it
) STRICT;

-- claimed, handing: the lease that it is in hand of; 0: of a listd from before there were leases. Else NULL.
-- (What of it is on its way to the relay stands in the journal beside the database, DATABASE.flight.LEASE.)
ALTER TABLE delivery ADD COLUMN lease_id INTEGER;
UPDATE delivery SET lease_id = 0 WHERE state IN ('claimed', 'handing');

DROP INDEX delivery_in_hand;
CREATE INDEX delivery_lease ON delivery (lease_id) WHERE lease_id IS NOT NULL;

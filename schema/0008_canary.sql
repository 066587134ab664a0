-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 8: campaigns that end at a time, and campaigns whose first slice is watched.

-- Nothing of it is handed over from then on: what is left is skipped. NULL: no such time.
ALTER TABLE campaign ADD COLUMN until_at INTEGER;

-- NULL: all go at once. 'slice': canary_size of them go first, the others are due in the year 9999; 'wait': these were all
-- tried at canary_at, and canary_wait_s pass; 'stopped': too many went wrong; 'open': the others are made due; 'passed'.
ALTER TABLE campaign ADD COLUMN canary TEXT CHECK (canary IS NULL OR canary IN ('slice', 'wait', 'stopped', 'open', 'passed'));
ALTER TABLE campaign ADD COLUMN canary_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN canary_wait_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN canary_at INTEGER;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 6: the Date of a message that somebody may have.

-- The Date that stood in the message when an attempt first reached DATA: whatever is sent later is a copy of it. NULL: nobody
-- has seen it, and its Date is renewed when it is a day old (first_handed_at stays the first attempt, from which on it ages).
ALTER TABLE delivery ADD COLUMN dated_at INTEGER;
-- nobody knows any more how far the attempts came
UPDATE delivery SET dated_at = first_handed_at WHERE next_at IS NOT NULL AND first_handed_at IS NOT NULL;

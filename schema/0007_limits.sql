-- SPDX-License-Identifier: GPL-3.0-or-later
-- carom, schema version 7: limits of a list.

-- How fast the campaigns of a list go at most: '10/s, 20000/h, 100000/day'; '' = not limited by the list. What is spent of it
-- stands in pace, scope 'list:NAME'.
ALTER TABLE list ADD COLUMN rate TEXT NOT NULL DEFAULT '';

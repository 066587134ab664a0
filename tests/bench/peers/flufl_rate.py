#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# flufl_rate.py SECONDS FILE...: reads the files again and again with Debian's python3-flufl.bounce; prints messages per second.
import email
import sys
import time

from flufl.bounce import all_failures

seconds = float(sys.argv[1])
count, began = 0, time.time()
while time.time() - began < seconds:
    for name in sys.argv[2:]:
        with open(name, "rb") as file:
            message = email.message_from_binary_file(file)
        try:
            all_failures(message)
        except Exception:  # it falls over some; they count as read
            pass
        count += 1
        if time.time() - began >= seconds:
            break
print("%.1f" % (count / (time.time() - began)))

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""peer_smtplib.py PORT MESSAGES: how a list manager in Python sends personal mail: for each recipient a copy of the message
tree, its header fields changed, turned into text, and handed over by smtplib over one connection."""
import copy
import email.message
import email.utils
import smtplib
import sys

port, messages = int(sys.argv[1]), int(sys.argv[2])
master = email.message.EmailMessage()
master["From"] = "Bench <bench@bench.test>"
master["Subject"] = "Bench"
master["List-Id"] = "<all.bench.test>"
master.set_content("Hello NAME\n\n" + "A line of ordinary words in a letter of the usual length.\n" * 20)
with smtplib.SMTP("127.0.0.1", port) as server:
    for number in range(messages):
        recipient = f"person{number}@d{number % 50}.test"
        message = copy.deepcopy(master)
        message["To"] = recipient
        message["Date"] = email.utils.formatdate()
        message["Message-ID"] = email.utils.make_msgid(domain="bench.test")
        message["List-Unsubscribe"] = f"<https://bench.test/u/{number}>"
        message.set_payload(message.get_payload().replace("NAME", f"Person Nr {number}"))
        server.sendmail(f"bounce+{number}@bench.test", [recipient], message.as_string())

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `campaign plan` foretells, beside what then happens: two providers with different limits, a list with one of its own,
and two relays.

plan_eta.py FOLDER: works in FOLDER, which has carom's programs in $BIN. One line for each thing that is shown."""
import json
import os
import subprocess
import sys
import time

from letter_sink import Sink

FOLDER = sys.argv[1]
BIN = os.environ.get("BIN", "build/bin")


def listctl(*words):
    done = subprocess.run([f"{BIN}/listctl", "-c", f"{FOLDER}/carom.conf", "--format", "json", *words], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        print("NO: listctl", *words, done.stderr)
        sys.exit(1)
    return done.stdout


def configure(*parts):
    with open(f"{FOLDER}/carom.conf", "w", encoding="ascii") as out:
        out.write("[carom]\nhostname = plan.test\n[web]\nbase_url = http://127.0.0.1:1\n" + "\n".join(parts) + "\n")


def relay(name, sink, rate):
    return f"[relay:{name}]\nhost = 127.0.0.1:{sink.port}\nconnections = 2\nrate = {rate}"


def people(name, counts, *more):
    with open(f"{FOLDER}/people.csv", "w", encoding="ascii") as out:
        out.write("email\n" + "".join(f"p{number}@{domain}\n" for domain, count in counts.items() for number in range(count)))
    listctl("list", "create", name, "--from", "Plan <plan@plan.test>", "--imprint", "Main Street 1", *more)
    listctl("import", name, f"{FOLDER}/people.csv", "--consent", "yes")


def compare(name, sinks, limit):
    """The plan, then the run: from the first letter to the last, as the far side sees it."""
    began = sum(sink.count() for sink in sinks)
    campaign = json.loads(listctl("send", name, "--subject", "Plan", "--text", f"{FOLDER}/text"))
    plan = json.loads(listctl("campaign", "plan", str(campaign["id"])))
    first = last = None
    with open(f"{FOLDER}/listd.log", "a", encoding="ascii") as log, subprocess.Popen(
            [f"{BIN}/listd", "-c", f"{FOLDER}/carom.conf", "--once"], stderr=log) as listd:
        while listd.poll() is None and last is None:
            seen = sum(sink.count() for sink in sinks) - began
            first = time.monotonic() if first is None and seen > 0 else first
            last = time.monotonic() if seen >= campaign["recipients"] else None
            time.sleep(0.005)
    told, took = plan["seconds"], (last or 0) - (first or 0)
    words = f"{name}: told {told} s by {plan['limit']} {plan['provider'] or ''}, took {took:.2f} s"
    # told is in whole seconds
    is_good = last is not None and plan["limit"] == limit and abs(took - told) <= told / 10 + 1
    print("yes:" if is_good else "NO:", f"{name} comes true within a tenth" if is_good else words, flush=True)


def main():
    one, two = Sink(0.001), Sink(0.001)
    providers = "[provider:google]\nrate = 40/s\n[provider:gmx]\nrate = 15/s"
    with open(f"{FOLDER}/text", "w", encoding="ascii") as out:
        out.write("Hello {{address}}\n\n{{unsubscribe_url}}\n")
    configure(relay("one", one, "200/s"), providers, "[send]\nrate = 300/s")
    listctl("init")
    people("providers", {"gmail.com": 200, "gmx.de": 60, "ok.test": 40})
    compare("providers", [one], "provider")
    people("limited", {"gmail.com": 30, "ok.test": 30}, "--rate", "20/s")
    compare("limited", [one], "list")
    configure(relay("one", one, "60/s"), relay("two", two, "15/s"), "[send]\nrate = 300/s")
    people("relays", {"ok.test": 60, "gmx.de": 30})
    compare("relays", [one, two], "relay")


main()

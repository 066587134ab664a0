#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A campaign of 10,000 that is held in the middle, in each way that there is, also while listd is killed: what was open is
all that still comes. Then it is let go, and goes on; nobody gets two letters.

held_campaign.py FOLDER: works in FOLDER, with carom's programs in $BIN. A line for each thing that is shown, "yes:" or "NO:",
and exit status 0 when all went well."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

from letter_sink import Sink

FOLDER = sys.argv[1]
BIN = os.environ.get("BIN", "build/bin")
CONNECTIONS = 4
PEOPLE = 10000
HOLDS = (("--all",), ("--list", "all"), ("--provider", "ok.test"), ("--campaign",))
all_good = True


def shown(is_good, what, *why):
    global all_good
    all_good = all_good and bool(is_good)
    print("yes:" if is_good else "NO:", what, *(() if is_good else why), flush=True)


def listctl(*words):
    done = subprocess.run([f"{BIN}/listctl", "-c", f"{FOLDER}/carom.conf", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("NO: listctl", *words, done.stderr)
        sys.exit(1)
    return done.stdout


def ask(text, *values):
    with contextlib.closing(sqlite3.connect(f"{FOLDER}/carom.db", timeout=30)) as database:
        return database.execute(text, values).fetchone()[0]


def count(*states):
    return ask(f"SELECT count(*) FROM delivery WHERE state IN ({','.join('?' * len(states))})", *states)


def start():
    with open(f"{FOLDER}/listd.log", "ab") as log:
        return subprocess.Popen([f"{BIN}/listd", "-c", f"{FOLDER}/carom.conf"], stderr=log, stdout=log)


def until(what, seconds=60):
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if what():
            return True
        time.sleep(0.005)
    return False


def set_up(sink):
    with open(f"{FOLDER}/carom.conf", "w", encoding="ascii") as out:
        out.write(f"[carom]\nhostname = held.test\n[relay:main]\nhost = 127.0.0.1:{sink.port}\nconnections = {CONNECTIONS}\n")
        out.write("[send]\nrate = 5000/s\nambiguous = resend\n[web]\nbase_url = http://127.0.0.1:1\n")
    with open(f"{FOLDER}/people.csv", "w", encoding="ascii") as out:
        out.write("email\n" + "".join(f"p{number}@ok.test\n" for number in range(PEOPLE)))
    with open(f"{FOLDER}/text", "w", encoding="ascii") as out:
        out.write("Hello {{address}}\n\n{{unsubscribe_url}}\n")
    listctl("init")
    listctl("list", "create", "all", "--from", "Held <held@held.test>", "--imprint", "Main Street 1")
    listctl("import", "all", f"{FOLDER}/people.csv", "--consent", "yes")
    words = listctl("--format", "json", "send", "all", "--subject", "Held", "--text", f"{FOLDER}/text")
    return words.split('"id"')[1].split(":")[1].split(",")[0].strip(' }\n')


def hold(sink, listd, words):
    """Held, killed and started while it is; back comes the listd that runs then."""
    before = sink.count()
    shown(until(lambda: sink.count() >= before + 500), f"{words[0]}: mail goes out")
    listctl("pace", "hold", *words)
    told = sink.count()
    shown(until(lambda: count("claimed", "handing") == 0), f"{words[0]}: nothing is under way any more")
    shown(sink.count() - told <= CONNECTIONS, f"{words[0]}: what was open is all that came after it", sink.count() - told)
    listd.kill()
    listd.wait()
    held = sink.count()
    last = ask("SELECT max(id) FROM lease")
    listd = start()
    shown(until(lambda: (ask("SELECT max(id) FROM lease") or 0) > last), f"{words[0]}: another listd takes a lease")
    shown(not until(lambda: sink.count() > held, 1), f"{words[0]}: which holds it, too", sink.count() - held)
    listctl("pace", "release", *words)
    return listd


def main():
    sink = Sink(0.002)
    campaign = set_up(sink)
    listd = start()
    for words in HOLDS:
        listd = hold(sink, listd, words if len(words) == 2 or words[0] == "--all" else (words[0], campaign))
    held = sink.count()
    shown(until(lambda: sink.count() >= held + 500), "let go, mail goes on")
    listd.send_signal(signal.SIGTERM)
    listd.wait()
    recipients = [recipient for recipient, _ in sink.letters]
    shown(len(recipients) == len(set(recipients)) == count("sent"), "nobody got two letters, and the ledger has all of them",
          len(recipients), len(set(recipients)), count("sent"))
    sys.exit(0 if all_good else 1)


main()

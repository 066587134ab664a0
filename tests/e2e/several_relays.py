#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two relays: their shares, a list that changes from one to the other in the middle of a campaign, and one that dies. Both
write down every letter: nobody is lost, and nobody gets two but who was in doubt.

several_relays.py FOLDER: works in FOLDER, which has carom's programs in $BIN. One line of TAP for each thing that is shown,
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
CONNECTIONS = 3
PEOPLE = 400
all_good = True
clock = 0


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
        return database.execute(text, values).fetchall()


def start(*words):
    environment = {**os.environ, "CAROM_TEST_CLOCK": str(clock)}
    with open(f"{FOLDER}/listd.log", "ab") as log:
        return subprocess.Popen([f"{BIN}/listd", "-c", f"{FOLDER}/carom.conf", *words], env=environment, stderr=log, stdout=log)


def end(listd):
    listd.send_signal(signal.SIGTERM)
    return listd.wait(timeout=30)


def until(what, seconds=60):
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if what():
            return True
        time.sleep(0.005)
    return False


def send():
    words = listctl("--format", "json", "send", "all", "--subject", "Two", "--text", f"{FOLDER}/text")
    return int(words.split('"id"')[1].split(":")[1].split(",")[0].strip(' }\n'))


def count(campaign, *states):
    return ask(f"SELECT count(*) FROM delivery WHERE campaign_id = ? AND state IN ({','.join('?' * len(states))})", campaign,
               *states)[0][0]


class Letters:
    """Those of one campaign: what both sinks took since it was made."""

    def __init__(self, first, second):
        self.sinks = (first, second)
        self.start = [sink.count() for sink in self.sinks]

    def of(self, number):
        return self.sinks[number].letters[self.start[number]:]

    def count(self, number):
        return self.sinks[number].count() - self.start[number]

    def repeated(self):
        times = {}
        for _, message_id in self.of(0) + self.of(1):
            times[message_id] = times.get(message_id, 0) + 1
        return sum(times.values()) - len(times)

    def people(self):
        return len({recipient for recipient, _ in self.of(0) + self.of(1)})


def set_up(first, second):
    with open(f"{FOLDER}/carom.conf", "w", encoding="ascii") as out:
        out.write("[carom]\nhostname = two.test\n")
        for name, sink, weight in (("first", first, 3), ("second", second, 1)):
            out.write(f"[relay:{name}]\nhost = 127.0.0.1:{sink.port}\nconnections = {CONNECTIONS}\nweight = {weight}\n")
        out.write("[send]\nrate = 400/s\nambiguous = resend\n[web]\nbase_url = http://127.0.0.1:1\n")
    with open(f"{FOLDER}/people.csv", "w", encoding="ascii") as out:
        out.write("email\n" + "".join(f"p{number}@ok.test\n" for number in range(PEOPLE)))
    with open(f"{FOLDER}/text", "w", encoding="ascii") as out:
        out.write("Hello {{address}}\n\n{{unsubscribe_url}}\n")
    listctl("init")
    listctl("list", "create", "all", "--from", "Two <two@two.test>", "--imprint", "Main Street 1")
    listctl("import", "all", f"{FOLDER}/people.csv", "--consent", "yes")


def each_once(letters, campaign, when):
    shown(letters.people() == PEOPLE and letters.repeated() == 0, f"each of {PEOPLE} got one letter {when}",
          letters.people(), "people,", letters.repeated(), "repeated")
    shown(count(campaign, "sent") == PEOPLE, f"and the ledger says so {when}", count(campaign, "sent"))


def shares(first, second):
    letters, campaign = Letters(first, second), send()
    listd = start("--once")
    shown(listd.wait() == 0, "all is sent by two relays")
    each_once(letters, campaign, "by either of them")
    shown(0.68 <= letters.count(0) / PEOPLE <= 0.82, "three quarters by the one of weight 3", letters.count(0))


def switched(first, second):
    listctl("relay", "switch", "all", "first")
    letters, campaign = Letters(first, second), send()
    listd = start()
    shown(until(lambda: letters.count(0) >= 60), "a list bound to a relay")
    listctl("relay", "switch", "all", "second")
    before = letters.count(0)
    shown(until(lambda: count(campaign, "sent") == PEOPLE), "goes to its end when it is bound to another in the middle",
          count(campaign, "sent"))
    end(listd)
    each_once(letters, campaign, "across the change")
    shown(letters.count(0) <= before + CONNECTIONS, "after the change only what had begun ends at the first",
          letters.count(0) - before)
    shown(letters.count(1) >= PEOPLE - before - CONNECTIONS > 0, "the second has the rest", letters.count(1))
    shown(ask("SELECT count(*) FROM event WHERE what = 'relay'")[0][0] == 2, "both changes stand in the log of events")


def one_dies(first, second):
    global clock
    listctl("relay", "switch", "all", "--any")
    letters, campaign = Letters(first, second), send()
    listd = start()
    shown(until(lambda: letters.count(0) >= 60), "both are at work")
    first.kill()
    shown(until(lambda: count(campaign, "sent", "ambiguous") == PEOPLE), "one dies, the other takes over",
          ask("SELECT state, count(*) FROM delivery WHERE campaign_id = ? GROUP BY 1", campaign))
    doubts = count(campaign, "ambiguous")
    shown(doubts <= CONNECTIONS, "no more are in doubt than there were connections", doubts)
    shown(letters.people() == PEOPLE and letters.repeated() == 0, "everybody has a letter, nobody two", letters.people(),
          letters.repeated())
    first.start()
    again = Letters(first, second)
    # it is asked again after a while, which is longer with each failure; until then the other has it all
    for _ in range(20):
        later = send()
        if not until(lambda: count(later, "sent") == PEOPLE) or again.count(0) >= 20:
            break
    shown(again.count(0) >= 20, "when it is back it gets its share again", again.count(0))
    shown(count(later, "sent") == PEOPLE, "and all is sent", count(later, "sent"))
    end(listd)
    clock += 4000
    shown(start("--once").wait() == 0 and count(campaign, "sent") == PEOPLE, "what was in doubt is sent again")
    shown(letters.repeated() <= doubts, "and nothing else is", letters.repeated(), doubts)


def bound_to_the_dead(first, second):
    listctl("relay", "switch", "all", "first")
    first.kill()
    letters, campaign = Letters(first, second), send()
    shown(start("--once").wait() == 75, "a list bound to a dead relay waits: 75")
    shown(letters.count(1) == 0 and count(campaign, "queued") == PEOPLE, "nothing of it goes by another", letters.count(1))
    first.start()
    shown(start("--once").wait() == 0, "it goes when the relay is back")
    each_once(letters, campaign, "by the relay of the list")


def main():
    first, second = Sink(0.02), Sink(0.02)
    set_up(first, second)
    for step in (shares, switched, one_dies, bound_to_the_dead):
        step(first, second)
    sys.exit(0 if all_good else 1)


main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""listd killed at random moments, while a server writes down every letter that it took: nobody is lost, and who got two is
one whom the ledger calls ambiguous, at most one per connection and death, with the same Message-ID.

kill_sender.py FOLDER ROUNDS SEED: works in FOLDER, which has carom's programs in $BIN; prints one line of figures and exits 0,
or says what is wrong and exits 1. $FULL=1: FOLDER is on a small disk of its own, which is filled up in some rounds.
$LOCK_S: how long another program locks the database in some rounds."""
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

from letter_sink import Sink

FOLDER, ROUNDS, SEED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BIN = os.environ.get("BIN", "build/bin")
FULL = os.environ.get("FULL") == "1"
LOCK_S = float(os.environ.get("LOCK_S", "3"))
CONNECTIONS = 4
PEOPLE = 800
LEASE_MS = 400
DATABASE = f"{FOLDER}/carom.db"
dice = random.Random(SEED)


def fail(*words):
    print(*words)
    sys.exit(1)


def listctl(*words):
    done = subprocess.run([f"{BIN}/listctl", "-c", f"{FOLDER}/carom.conf", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail("listctl", *words, ":", done.stderr)
    return done.stdout


def ask(text, *values):
    with contextlib.closing(sqlite3.connect(DATABASE, timeout=30)) as database:
        return database.execute(text, values).fetchall()


def set_up(sink):
    with open(f"{FOLDER}/carom.conf", "w", encoding="ascii") as out:
        out.write(f"[carom]\nhostname = kill.test\n[relay:sink]\nhost = 127.0.0.1:{sink.port}\nconnections = {CONNECTIONS}\n"
                  "messages_per_connection = 50\n[send]\nrate = 1000000/s\nambiguous = resend\n"
                  "[web]\nbase_url = http://127.0.0.1:1\n")
    with open(f"{FOLDER}/people.csv", "w", encoding="ascii") as out:
        out.write("email\n" + "".join(f"p{number}@ok.test\n" for number in range(PEOPLE)))
    with open(f"{FOLDER}/text", "w", encoding="ascii") as out:
        out.write("Hello {{address}}\n\n{{unsubscribe_url}}\n")
    listctl("init")
    listctl("list", "create", "all", "--from", "Kill <kill@kill.test>", "--imprint", "Main Street 1")
    listctl("import", "all", f"{FOLDER}/people.csv", "--consent", "yes")


class Rounds:
    def __init__(self, sink):
        self.sink = sink
        self.campaign = 0
        self.doubted = {}  # delivery -> how often it was ambiguous
        self.clock = 0
        self.deaths = self.hangups = self.worst = self.doubts = 0
        self.kinds = {}
        self.round, self.allowed = "", 0  # the last round, and how many it may have left in doubt

    def start(self, *words):
        environment = {**os.environ, "CAROM_TEST_LEASE": str(LEASE_MS), "CAROM_TEST_CLOCK": str(self.clock)}
        with open(f"{FOLDER}/listd.log", "ab") as log:
            listd = subprocess.Popen([f"{BIN}/listd", "-c", f"{FOLDER}/carom.conf", *words], env=environment, stderr=log,
                                     stdout=log)
        if self.round and not words:
            # what was in doubt is known when somebody has read the journal
            self.wait_for_recovery()
            self.check_sum(self.round + ", recovered")
            self.note_doubts(self.round, self.allowed)
            self.round = ""
        return listd

    def end(self, listd, number=signal.SIGKILL):
        listd.send_signal(number)
        listd.wait()
        self.deaths += 1

    def check_sum(self, when):
        for campaign, count in ask("SELECT campaign_id, count(*) FROM delivery GROUP BY 1"):
            if count != PEOPLE:
                fail(f"round {when}: campaign {campaign} has {count} of {PEOPLE} rows")
        odd = ask("SELECT count(*) FROM delivery WHERE (state IN ('claimed', 'handing')) <> (lease_id IS NOT NULL)")[0][0]
        if odd:
            fail(f"round {when}: {odd} rows are in hand of nobody, or the other way round")

    def note_doubts(self, when, allowed):
        """What became ambiguous since the last look; returns how many more may."""
        fresh = 0
        for delivery, attempts in ask("SELECT id, attempts FROM delivery WHERE state = 'ambiguous'"):
            if self.doubted.get(delivery) != attempts:
                self.doubted[delivery] = attempts
                fresh += 1
        self.doubts += fresh
        self.worst = max(self.worst, fresh)
        if fresh > allowed:
            fail(f"round {when}: {fresh} became ambiguous, {allowed} may")
        return allowed - fresh

    def send(self):
        words = listctl("--format", "json", "send", "all", "--subject", "Kill", "--text", f"{FOLDER}/text")
        self.campaign = int(words.split('"id"')[1].split(":")[1].split(",")[0].strip(' }\n'))

    def some_letters(self):
        """Until a random number of letters came, or nothing more will."""
        goal = self.sink.count() + dice.randint(1, 60)
        until, look = time.monotonic() + 5, time.monotonic() + 0.2
        while self.sink.count() < goal and time.monotonic() < until:
            time.sleep(0.002)
            if time.monotonic() > look:
                look = time.monotonic() + 0.2
                if not self.is_under_way():
                    break
        time.sleep(dice.random() * 0.004)

    def kill(self):
        listd = self.start()
        self.some_letters()
        self.end(listd)
        return CONNECTIONS

    def sleep_and_go_on(self):
        listd = self.start()
        self.some_letters()
        listd.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_MS / 1000 * 1.5)
        listd.send_signal(signal.SIGCONT)
        self.some_letters()
        self.end(listd)
        return CONNECTIONS

    def die_asleep(self):
        listd = self.start()
        self.some_letters()
        listd.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_MS / 1000 * 1.2)
        self.end(listd)
        return CONNECTIONS

    def one_of_two(self):
        first, second = self.start(), self.start()
        self.some_letters()
        self.end(first)
        self.some_letters()
        self.end(second)
        return 2 * CONNECTIONS

    def one_asleep_beside_another(self):
        first, second = self.start(), self.start()
        self.some_letters()
        first.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_MS / 1000 * 1.5)
        self.some_letters()
        first.send_signal(signal.SIGCONT)
        self.some_letters()
        self.end(second)
        self.end(first)
        return 2 * CONNECTIONS

    def sink_dies(self):
        listd = self.start()
        self.some_letters()
        self.sink.kill()
        time.sleep(0.05)
        self.sink.start()
        self.hangups += 1
        self.some_letters()
        self.end(listd)
        return 2 * CONNECTIONS

    def locked(self):
        listd = self.start()
        self.some_letters()
        with contextlib.closing(sqlite3.connect(DATABASE, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(LOCK_S)
            other.execute("ROLLBACK")
        self.some_letters()
        self.end(listd)
        return CONNECTIONS

    def full_disk(self):
        listd = self.start()
        self.some_letters()
        with open(f"{FOLDER}/ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"x" * 4096)
            except OSError:
                pass
            self.some_letters()
            if dice.random() < 0.5:
                self.end(listd)
        os.unlink(f"{FOLDER}/ballast")
        if listd.poll() is None:
            self.some_letters()
            self.end(listd)
        return CONNECTIONS

    def polite(self):
        listd = self.start()
        self.some_letters()
        self.end(listd, signal.SIGTERM)
        self.deaths -= 1
        if listd.returncode not in (0, -signal.SIGTERM):  # the latter: before it took signals, and before its lease
            fail(f"listd ended with {listd.returncode} at TERM")
        return 0

    def run(self):
        kinds = [(self.kill, 60), (self.sleep_and_go_on, 6), (self.die_asleep, 6), (self.one_of_two, 8),
                 (self.one_asleep_beside_another, 5), (self.sink_dies, 8), (self.polite, 3), (self.locked, 60 / ROUNDS)]
        if FULL:
            kinds.append((self.full_disk, 30))
        # each kind once, whatever the dice say
        order = [kind for kind, _ in kinds] + dice.choices([kind for kind, _ in kinds], [weight for _, weight in kinds], k=ROUNDS)
        order = order[:max(ROUNDS, len(kinds))]
        dice.shuffle(order)
        # in the last round there is somebody who takes over from a dead one before the end
        order.remove(self.one_of_two)
        order.append(self.one_of_two)
        for number, kind in enumerate(order):
            if not self.campaign or not self.is_under_way():
                self.send()
            self.allowed = kind()
            self.kinds[kind.__name__] = self.kinds.get(kind.__name__, 0) + 1
            self.round = f"{number} {kind.__name__}"
            self.check_sum(self.round)
            self.clock += 60

    def is_under_way(self):
        return ask("SELECT 1 FROM delivery WHERE campaign_id = ? AND state IN ('queued', 'claimed') LIMIT 1", self.campaign)

    def wait_for_recovery(self):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            pids = [pid for (pid,) in ask("SELECT pid FROM lease")]
            if pids and all(os.path.exists(f"/proc/{pid}") for pid in pids):
                return
            time.sleep(0.005)
        fail(f"round {self.round}: the dead sender's lease is not taken over: {ask('SELECT * FROM lease')}")

    def finish(self):
        """All that is left, and what was ambiguous a second time, hours later. What became so in the last round itself is due
        by then, and sent again in the same run: it is looked at before."""
        self.allowed = self.note_doubts(self.round, self.allowed)
        for _ in range(60):
            self.clock += 4000
            if self.start("--once").wait() not in (0, 75):
                fail("listd --once failed")
            self.note_doubts("the end", self.allowed)
            self.allowed = 0
            if not ask("SELECT 1 FROM delivery WHERE next_at IS NOT NULL OR lease_id IS NOT NULL LIMIT 1"):
                return
        fail("the end does not come:", ask("SELECT state, count(*) FROM delivery GROUP BY 1"))

    def judge(self):
        people = {row[0]: row[1:] for row in ask(
            "SELECT d.id, d.campaign_id, p.address, d.state FROM delivery d JOIN subscription s ON s.id = d.subscription_id"
            " JOIN subscriber p ON p.id = s.subscriber_id")}
        times, by_id = {}, {}
        for recipient, message_id in self.sink.letters:
            times[message_id] = times.get(message_id, 0) + 1
            by_id.setdefault(message_id, recipient)
            if by_id[message_id] != recipient:
                fail("one Message-ID went to two people")
        letters = {}
        for recipient in by_id.values():
            letters[recipient] = letters.get(recipient, 0) + 1
        campaigns = len({row[0] for row in people.values()})
        lost = sum(campaigns - letters.get(f"p{number}@ok.test", 0) for number in range(PEOPLE))
        unsent = sum(row[2] != "sent" for row in people.values())
        repeated = sum(count - 1 for count in times.values())
        twice = {by_id[message_id] for message_id, count in times.items() if count > 1}
        doubted = {people[delivery][1] for delivery in self.doubted}
        print(f"deaths: {self.deaths} of listd and {self.hangups} of the relay, {len(people)} deliveries, {lost} lost, {repeated} "
              f"repeated, {self.doubts} ambiguous (at most {self.worst} at once), seed {SEED}; "
              + ", ".join(f"{count} {name}" for name, count in sorted(self.kinds.items())))
        if lost or unsent or len(by_id) != len(people):
            fail(f"{lost} lost, {unsent} not sent, {len(by_id)} Message-IDs for {len(people)} deliveries")
        if repeated > self.doubts or not twice <= doubted:
            fail(f"{repeated} letters repeated, {self.doubts} ambiguous; not ambiguous: {twice - doubted}")


def main():
    sink = Sink()
    set_up(sink)
    rounds = Rounds(sink)
    rounds.run()
    rounds.finish()
    rounds.judge()


main()

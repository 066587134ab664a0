#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import of a large CSV file: rows a second and memory, beside sqlite3's .import of the same file; and how long others
wait meanwhile: one-click POSTs, bounces by pipe, and the hand-overs of a campaign. ROWS sets the size, ROUNDS how often
what is compared runs; the runs take turns and the median counts."""
import os
import random
import re
import shutil
import socket
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROWS = int(os.environ.get("ROWS", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
LIVE = 4000  # subscribers of the campaign that runs meanwhile
BIN = os.environ.get("BIN", "build/bin")

REPORT = """From: MAILER-DAEMON@mx.bench.test
To: {to}
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b
MIME-Version: 1.0

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.bench.test

Final-Recipient: rfc822; somebody@bench.test
Action: failed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 mailbox full

--b--
"""


class Sink(socketserver.StreamRequestHandler):
    """Takes any mail; keeps what the others need: envelope senders, links, and when each message came."""

    senders, links, times = [], [], []

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def take_message(self, sender):
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        Sink.times.append(time.monotonic())
        link = re.search(rb"^List-Unsubscribe:[^<]*<(http[^>]+)>", b"".join(lines), re.M | re.I)
        if link:
            Sink.links.append(link.group(1).decode())
        Sink.senders.append(sender)
        self.say(b"250 2.0.0 kept")

    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sender = ""
        self.say(b"220 sink ESMTP")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"MAIL":
                sender = re.search(rb"<([^>]*)>", line).group(1).decode()
            if verb == b"DATA":
                self.take_message(sender)
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            elif verb == b"EHLO":
                self.say(b"250-sink\r\n250 DSN")
            else:
                self.say(b"250 2.0.0 well")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_people(path, count, domain):
    chance = random.Random(1)
    with open(path, "w", encoding="utf-8") as out:
        out.write("email,name,city\n")
        for number in range(count):
            out.write(f"person{number}.{chance.randrange(10**6)}@{domain},Person Nr {number},City {number % 1000}\n")


def measured(command, **options):
    """Runs a command; seconds, largest resident set in MB."""
    began = time.monotonic()
    child = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def listctl(*words):
    subprocess.run([f"{BIN}/listctl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def print_waits(name, seconds, failures=0):
    worst = max(seconds, default=float("nan"))
    print(f"  {name:<28} p50 {percentile(seconds, 0.5) * 1000:7.1f} ms   p99 {percentile(seconds, 0.99) * 1000:7.1f} ms   "
          f"worst {worst * 1000:7.1f} ms   n={len(seconds)}   failed={failures}")


def keep_timing(act, items, stop, seconds, failures):
    """Calls act(item) for items as they come, until stop; notes how long each took."""
    done = 0
    while not stop.is_set():
        if done >= len(items):
            time.sleep(0.005)
            continue
        began = time.monotonic()
        try:
            act(items[done])
            seconds.append(time.monotonic() - began)
        except (OSError, subprocess.SubprocessError):
            failures.append(items[done])
        done += 1
        time.sleep(0.02)


def post_one_click(link):
    with urllib.request.urlopen(link, data=b"List-Unsubscribe=One-Click", timeout=60) as answer:
        answer.read()


def pipe_bounce(sender):
    subprocess.run([f"{BIN}/bounced", "--pipe", sender], input=REPORT.format(to=sender).encode(), check=True,
                   stderr=subprocess.DEVNULL, timeout=60)


def set_up(folder):
    sink = Server(("127.0.0.1", 0), Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    web = free_port()
    with open(f"{folder}/carom.conf", "w", encoding="ascii") as out:
        out.write(f"[carom]\nhostname = bench.test\n[relay:sink]\nhost = 127.0.0.1:{sink.server_address[1]}\n"
                  f"[send]\nrate = 100/s\n[web]\nlisten = 127.0.0.1:{web}\nbase_url = http://127.0.0.1:{web}\n")
    os.environ["CAROM_CONFIG"] = f"{folder}/carom.conf"
    listctl("init")
    for name in ("beside", "live"):
        listctl("list", "create", name, "--from", "Bench <bench@bench.test>", "--imprint", "Bench, Main Street 1")
    return web


def shuffle_people(path, shuffled):
    """By a program: a child's peak of memory begins with ours."""
    subprocess.run(["sh", "-c", '(head -n 1 "$1"; tail -n +2 "$1" | shuf --random-source="$1") >"$2"', "sh", path, shuffled],
                   check=True)


def import_by_sqlite(folder, name, table, *skip):
    """Into a new database; seconds. table: SQL that makes it, or nothing, when the shell is to make it of the header."""
    path = f"{folder}/peer.db"
    subprocess.run(["sqlite3", path, f"PRAGMA journal_mode=WAL; {table}"], check=True, stdout=subprocess.DEVNULL)
    seconds, _ = measured(["sqlite3", path, ".mode csv", " ".join([".import", *skip, name, "subscriber"])])
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.remove(path + end)
    return seconds


def import_by_listctl(folder, name):
    """Into a new database with all its checks; seconds, MB."""
    own = tempfile.mkdtemp(dir=folder)
    shutil.copy(f"{folder}/carom.conf", own)
    before = os.environ["CAROM_CONFIG"]
    os.environ["CAROM_CONFIG"] = f"{own}/carom.conf"
    listctl("init")
    listctl("list", "create", "alone", "--from", "Bench <bench@bench.test>", "--imprint", "Bench, Main Street 1")
    result = measured([f"{BIN}/listctl", "import", "alone", name, "--consent", "bench"], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL)
    os.environ["CAROM_CONFIG"] = before
    shutil.rmtree(own)
    return result


def compare_alone(folder, title, name):
    unique = "CREATE TABLE subscriber (email TEXT PRIMARY KEY, name TEXT, city TEXT)"
    plain, indexed, ours = [], [], []
    for _ in range(ROUNDS):
        plain.append(import_by_sqlite(folder, name, ""))
        indexed.append(import_by_sqlite(folder, name, unique, "--skip 1"))
        ours.append(import_by_listctl(folder, name))
    peer, rival = statistics.median(plain), statistics.median(indexed)
    own, memory = statistics.median(s for s, _ in ours), max(mb for _, mb in ours)
    print(f"  {ROWS} rows, {title}")
    print(f"  sqlite3 .import              {ROWS / peer:9.0f} rows/s   {peer:.2f} s")
    print(f"  the same, address unique     {ROWS / rival:9.0f} rows/s   {rival:.2f} s")
    print(f"  listctl import               {ROWS / own:9.0f} rows/s   {own:.2f} s   {peer / own:.2f} of sqlite3 (aim 0.30), "
          f"{rival / own:.2f} of it with unique addresses")
    print(f"    its memory                 {memory:9.0f} MB (aim under 64)", flush=True)


def time_others(title, work):
    """What others wait while work() goes on."""
    stop, posts, pipes, lost_posts, lost_pipes = threading.Event(), [], [], [], []
    del Sink.links[:time_others.used], Sink.senders[:time_others.used]
    workers = [threading.Thread(target=keep_timing, args=(post_one_click, Sink.links, stop, posts, lost_posts)),
               threading.Thread(target=keep_timing, args=(pipe_bounce, Sink.senders, stop, pipes, lost_pipes))]
    began = time.monotonic()
    for worker in workers:
        worker.start()
    try:
        work()
    finally:
        ended = time.monotonic()
        stop.set()
        for worker in workers:
            worker.join()
    time_others.used = max(len(posts), len(pipes))
    during = [t for t in Sink.times if began <= t <= ended]
    print(f"  {title}, {ended - began:.1f} s")
    print_waits("one-click POST", posts, len(lost_posts))
    print_waits("bounced --pipe", pipes, len(lost_pipes))
    print_waits("between two hand-overs", [b - a for a, b in zip(during, during[1:])])


time_others.used = 0  # links and senders that had their turn


def wait_for_mail(count):
    deadline = time.monotonic() + 20
    while len(Sink.links) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    if len(Sink.links) < count:
        sys.exit("listd sends nothing")


def measure_others(folder):
    write_people(f"{folder}/live.csv", LIVE, "live.test")
    with open(f"{folder}/text", "w", encoding="ascii") as out:
        out.write("Hello {{name|there}}\n\n{{unsubscribe_url}}\n")
    listctl("import", "live", f"{folder}/live.csv", "--consent", "bench")
    listctl("send", "live", "--subject", "Bench", "--text", f"{folder}/text")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    daemons = [subprocess.Popen([f"{BIN}/listctl", "web"], **quiet), subprocess.Popen([f"{BIN}/listd"], **quiet)]
    try:
        wait_for_mail(400)
        time_others("nothing else going on", lambda: time.sleep(5))
        time_others("beside an import (aim: p99 under 250 ms)",
                    lambda: measured([f"{BIN}/listctl", "import", "beside", f"{folder}/people.csv", "--consent", "bench"],
                                     **quiet))
    finally:
        for daemon in daemons:
            daemon.terminate()
            daemon.wait()


def main():
    folder = tempfile.mkdtemp(prefix="carom-bench-")
    try:
        set_up(folder)
        write_people(f"{folder}/people.csv", ROWS, "bench.test")
        shuffle_people(f"{folder}/people.csv", f"{folder}/shuffled.csv")
        print(f"  {os.cpu_count()} cores, median of {ROUNDS}")
        compare_alone(folder, "addresses in the order of a counter", f"{folder}/people.csv")
        compare_alone(folder, "addresses in no order", f"{folder}/shuffled.csv")
        measure_others(folder)
    finally:
        shutil.rmtree(folder)


main()

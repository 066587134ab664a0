#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sender from the database to the relay and back, without a rate that holds, beside peers in the same run:

- libESMTP and nothing else, smtp-source, and smtplib with a tree per copy, all to the same smtp-sink;
- a relay 20 ms away over 80 connections; one that speaks TLS 1.3, beside the same in the clear; a real Postfix beside
  smtp-source to the same;
- the memory for a list of 100,000.

MESSAGES, ROUNDS and PEOPLE set how many; PARTS names some of: sink far tls postfix memory."""
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

MESSAGES = int(os.environ.get("MESSAGES", "10000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PEOPLE = int(os.environ.get("PEOPLE", "100000"))
PARTS = os.environ.get("PARTS", "sink far tls postfix memory").split()
BIN = os.path.abspath(os.environ.get("BIN", "build/bin"))
PEERS = os.path.abspath(os.environ.get("PEERS", "build/release/tests/bench"))
HERE = os.path.dirname(os.path.abspath(__file__))
BYTES = 2500  # about what listd makes of the text below, headers included
LETTER = "Hello {{name|there}}\n\n" + "A line of ordinary words in a letter of the usual length.\n" * 20 + "\n{{unsubscribe_url}}\n"
os.environ["PATH"] += ":/usr/sbin:/sbin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing listens on port {port}")


class Server:
    """A program that listens, for as long as the block lasts."""

    def __init__(self, command, port):
        self.command, self.port = command, port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for(self.port)
        return self.port

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def smtp_sink(port):
    return Server(["smtp-sink", *(["-u", "nobody"] if os.geteuid() == 0 else []), f"127.0.0.1:{port}", "200"], port)


def timed(command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def smtp_source(port, count):
    return count / timed(["smtp-source", "-d", "-s", "4", "-m", str(count), "-l", str(BYTES), "-f", "bench@bench.test", "-t",
                          "person@ok.test", f"127.0.0.1:{port}"])


class Carom:
    """An installation with one list."""

    def __init__(self, people):
        self.folder = tempfile.mkdtemp(prefix="carom-bench-")
        self.configure(1)
        with open(f"{self.folder}/people.csv", "w", encoding="ascii") as out:
            out.write("email,name\n")
            for number in range(people):
                out.write(f"person{number}@ok.test,Person Nr {number}\n")
        with open(f"{self.folder}/text", "w", encoding="ascii") as out:
            out.write(LETTER)
        self.people = people
        self.listctl("init")
        self.listctl("list", "create", "all", "--from", "Bench <bench@bench.test>", "--imprint", "Bench, Main Street 1")
        self.listctl("import", "all", f"{self.folder}/people.csv", "--consent", "bench")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def configure(self, port, connections=4, more=""):
        with open(f"{self.folder}/carom.conf", "w", encoding="ascii") as out:
            out.write(f"[carom]\nhostname = bench.test\n[relay:sink]\nhost = 127.0.0.1:{port}\nconnections = {connections}\n"
                      f"messages_per_connection = 100000\n{more}[send]\nrate = 1000000/s\n"
                      "[web]\nbase_url = http://127.0.0.1:1\n")

    def listctl(self, *words):
        subprocess.run([f"{BIN}/listctl", "-c", f"{self.folder}/carom.conf", *words], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def rate(self):
        """Messages a second, and the most memory, in MB, of one campaign."""
        self.listctl("send", "all", "--subject", "Bench", "--text", f"{self.folder}/text")
        began = time.monotonic()
        listd = subprocess.Popen([f"{BIN}/listd", "-c", f"{self.folder}/carom.conf", "--once"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(listd.pid, 0)
        seconds = time.monotonic() - began
        listd.returncode = os.waitstatus_to_exitcode(status)
        if listd.returncode != 0:
            sys.exit(f"listd: exit {listd.returncode}")
        return self.people / seconds, usage.ru_maxrss / 1024


def line(name, rate, words=""):
    print(f"  {name:42} {rate:9.0f} messages/s   {words}", flush=True)


def to_sink():
    loop, ours, source, python = [], [], [], []
    port = free_port()
    with Carom(MESSAGES) as carom, smtp_sink(port):
        carom.configure(port)
        for _ in range(ROUNDS):
            loop.append(MESSAGES / timed([f"{PEERS}/peer_loop", str(port), str(MESSAGES), "4", str(BYTES)]))
            ours.append(carom.rate()[0])
            source.append(smtp_source(port, MESSAGES))
            few = max(MESSAGES // 10, 500)
            python.append(few / timed([sys.executable, f"{HERE}/peer_smtplib.py", str(port), str(few)]))
    own = statistics.median(ours)
    print(f"  {MESSAGES} messages over 4 connections to smtp-sink, median of {ROUNDS}; {os.cpu_count()} cores")
    line("listd, whole pipeline", own, " ".join(f"{rate:.0f}" for rate in ours))
    for name, rates in (("libESMTP alone, TCP_NODELAY", loop), ("smtp-source", source), ("smtplib, a tree per copy, 1 connection", python)):
        rate = statistics.median(rates)
        line(name, rate, f"listd is {own / rate:.2f} of it")


def to_far():
    port = free_port()
    with Carom(MESSAGES) as carom, Server([f"{PEERS}/peer_sink", str(port), "20"], port):
        carom.configure(port, 80)
        rate, memory = carom.rate()
    line("relay 20 ms away, 80 connections", rate, f"{memory:.0f} MB")


def to_tls():
    rates = {"clear": [], "tls": []}
    plain, secret = free_port(), free_port()
    with Carom(MESSAGES) as carom:
        ca = f"{carom.folder}/ca.pem"
        with Server([f"{PEERS}/peer_sink", str(plain), "0"], plain), Server([f"{PEERS}/peer_sink", str(secret), "0", ca], secret):
            for _ in range(ROUNDS):
                carom.configure(plain)
                rates["clear"].append(carom.rate()[0])
                carom.configure(secret, more=f"tls = implicit\nca_file = {ca}\n")
                rates["tls"].append(carom.rate()[0])
    clear, tls = statistics.median(rates["clear"]), statistics.median(rates["tls"])
    line("in the clear, 4 connections", clear)
    line("TLS 1.3, the same", tls, f"{tls / clear:.2f} of it")


def to_postfix():
    if os.geteuid() != 0:
        print("  skipped: a Postfix of our own needs root")
        return
    folder, count = tempfile.mkdtemp(prefix="carom-bench-"), max(MESSAGES // 5, 500)
    os.chmod(folder, 0o755)
    lab, base = os.path.join(HERE, "../lab/lab.sh"), 21000 + os.getpid() % 900 * 10
    environment = {**os.environ, "LAB_PORT_BASE": str(base), "LAB_PID": str(os.getpid())}
    try:
        done = subprocess.run([lab, "up", folder], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"  skipped: no Postfix of our own: {done.stderr.strip().splitlines()[-1:]}")
            return
        with Carom(count) as carom:
            carom.configure(base)
            source = smtp_source(base, count)
            ours = carom.rate()[0]
            source = statistics.mean([source, smtp_source(base, count)])
    finally:
        subprocess.run([lab, "down", folder, "--wipe"], env=environment, capture_output=True, check=False)
    line("Postfix as relay: smtp-source, 4 sessions", source)
    line("Postfix as relay: listd, 4 connections", ours, f"{ours / source:.2f} of it")


def memory():
    port = free_port()
    with Carom(PEOPLE) as carom, smtp_sink(port):
        carom.configure(port)
        rate, most = carom.rate()
    line(f"{PEOPLE} subscribers", rate, f"{most:.0f} MB of memory at most")


def main():
    if shutil.which("smtp-sink") is None or shutil.which("smtp-source") is None:
        print("  skipped: smtp-sink and smtp-source are missing (package postfix)")
        return
    for part, measure in (("sink", to_sink), ("far", to_far), ("tls", to_tls), ("postfix", to_postfix), ("memory", memory)):
        if part in PARTS:
            measure()


main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-over rate of listd to smtp-sink over 4 connections, without a rate that holds, beside smtp-source with 4 sessions
sending as many messages of the same size to the same sink. MESSAGES sets how many, ROUNDS how often."""
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

MESSAGES = int(os.environ.get("MESSAGES", "5000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
BIN = os.environ.get("BIN", "build/bin")
BYTES = 2500  # about what listd makes of the text below, headers included
os.environ["PATH"] += ":/usr/sbin:/sbin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listctl(*words):
    subprocess.run([f"{BIN}/listctl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def timed(command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def wait_for(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit("smtp-sink does not listen")


def set_up(folder, port):
    with open(f"{folder}/carom.conf", "w", encoding="ascii") as out:
        out.write(f"[carom]\nhostname = bench.test\n[relay:sink]\nhost = 127.0.0.1:{port}\nconnections = 4\n"
                  "messages_per_connection = 100000\n[send]\nrate = 1000000/s\n[web]\nbase_url = http://127.0.0.1:1\n")
    os.environ["CAROM_CONFIG"] = f"{folder}/carom.conf"
    with open(f"{folder}/people.csv", "w", encoding="ascii") as out:
        out.write("email,name\n")
        for number in range(MESSAGES):
            out.write(f"person{number}@d{number % 50}.test,Person Nr {number}\n")
    with open(f"{folder}/text", "w", encoding="ascii") as out:
        out.write("Hello {{name|there}}\n\n" + "A line of ordinary words in a letter of the usual length.\n" * 20
                  + "\n{{unsubscribe_url}}\n")
    listctl("init")
    listctl("list", "create", "all", "--from", "Bench <bench@bench.test>", "--imprint", "Bench, Main Street 1")
    listctl("import", "all", f"{folder}/people.csv", "--consent", "bench")


def compare(folder, port):
    ours, peers = [], []
    for _ in range(ROUNDS):
        listctl("send", "all", "--subject", "Bench", "--text", f"{folder}/text")
        ours.append(MESSAGES / timed([f"{BIN}/listd", "--once"]))
        peers.append(MESSAGES / timed(["smtp-source", "-d", "-s", "4", "-m", str(MESSAGES), "-l", str(BYTES), "-f",
                                       "bench@bench.test", "-t", "person@d.test", f"127.0.0.1:{port}"]))
    own, peer = statistics.median(ours), statistics.median(peers)
    print(f"  {MESSAGES} messages over 4 connections to smtp-sink, median of {ROUNDS}; {os.cpu_count()} cores")
    print(f"  smtp-source                  {peer:9.0f} messages/s")
    print(f"  listd (each result synced)   {own:9.0f} messages/s   {own / peer:.2f} of it")


def main():
    if shutil.which("smtp-sink") is None or shutil.which("smtp-source") is None:
        print("  skipped: smtp-sink and smtp-source are missing (package postfix)")
        return
    folder = tempfile.mkdtemp(prefix="carom-bench-")
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "100"],
                            stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        set_up(folder, port)
        compare(folder, port)
    finally:
        sink.terminate()
        sink.wait()
        shutil.rmtree(folder)


main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server for tests that writes down every letter in the moment of its final dot."""
import random
import socket
import struct
import threading
import time


class Sink:
    """Takes mail, one thread per connection, and may be killed: then it hangs up on all, in whatever they are.
    pause_s: the longest that it thinks about a message."""

    def __init__(self, pause_s=0.008):
        self.pause_s = pause_s
        self.letters = []  # (recipient, Message-ID), from the moment of the final dot on
        self.lock = threading.Lock()
        self.open = set()
        self.listener = None
        self.port = 0
        self.start()

    def start(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.open.add(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def kill(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            clients = list(self.open)
        for client in clients:
            try:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.talk(client, client.makefile("rb"))
        except OSError:
            pass
        with self.lock:
            self.open.discard(client)
        client.close()

    def talk(self, client, lines):
        recipient = ""
        client.sendall(b"220 sink.test\r\n")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"EHLO":
                client.sendall(b"250-sink.test\r\n250-PIPELINING\r\n250 DSN\r\n")
            elif verb == b"RCPT":
                recipient = line[9:line.index(b">")].decode()
                client.sendall(b"250 2.1.5 ok\r\n")
            elif verb == b"DATA":
                client.sendall(b"354 go on\r\n")
                message_id = ""
                for text in lines:
                    if text == b".\r\n":
                        break
                    if text.lower().startswith(b"message-id:") and not message_id:
                        message_id = text.split(b":", 1)[1].strip().decode()
                else:
                    return
                with self.lock:
                    self.letters.append((recipient, message_id))
                time.sleep(random.random() * self.pause_s)
                client.sendall(b"250 2.0.0 taken\r\n")
            elif verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            else:
                client.sendall(b"250 ok\r\n")

    def count(self):
        with self.lock:
            return len(self.letters)

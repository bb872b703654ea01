#!/usr/bin/env python3
"""How long the next client waits while a thousand idle connections are open and two hundred clients send a byte a second.

    python3 bench/hostile_clients.py [--proffer build/release/proffer] [--idle 1000] [--slow 200] [--seconds 70]

Half of the slow clients are in the middle of a request's head, half in the middle of its body; those that the server
gives up are replaced. With --seconds above 60 it also says whether any idle connection was closed before that.
"""

import argparse
import json
import resource
import socket
import threading
import time

from server import Server, percentile

HEAD = b"POST /recommendations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def answer_of(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = int([line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")][0].split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1]), body


class SlowClients:
    def __init__(self, port, count):
        self.port, self.ending, self.replaced = port, threading.Event(), 0
        self.clients = [self.make(i) for i in range(count)]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def make(self, i):
        connection = connect(self.port)
        # 3,000 bytes take far longer than any limit allows.
        if i % 2:
            connection.sendall(HEAD % 3000)
            return [connection, b" " * 3000, 0]
        return [connection, b"GET /healthz HTTP/1.1\r\nX-Long: " + b"x" * 3000, 0]

    def run(self):
        while not self.ending.wait(1):
            for i, client in enumerate(self.clients):
                try:
                    client[0].send(client[1][client[2] : client[2] + 1])
                    client[2] += 1
                except OSError:
                    client[0].close()
                    self.clients[i] = self.make(i)
                    self.replaced += 1

    def stop(self):
        self.ending.set()
        self.thread.join()
        for client in self.clients:
            client[0].close()


def still_open(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def measure(port, seconds):
    body = json.dumps({"recommenderArn": "streaming/most-popular", "userId": "u1", "numResults": 25}).encode()
    request = HEAD % len(body) + body
    took, failures = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            with connect(port) as connection:
                connection.sendall(request)
                status, _ = answer_of(connection)
                failures += status != 200
        except OSError:
            failures += 1
        took.append(time.monotonic() - began)
        time.sleep(0.005)
    return took, failures


def show(what, took, failures):
    millis = [1000 * each for each in took]
    print(f"{what:<42} {len(took):>7} {percentile(millis, 0.5):>9.2f} {percentile(millis, 0.99):>9.2f} "
          f"{max(millis):>9.2f} {failures:>7}", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--proffer", default="build/release/proffer")
    options.add_argument("--idle", type=int, default=1000)
    options.add_argument("--slow", type=int, default=200)
    options.add_argument("--seconds", type=float, default=70)
    options = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = Server(options.proffer)
    print(f"{'a new connection each, 25 items':<42} {'asked':>7} {'p50 ms':>9} {'p99 ms':>9} {'max ms':>9} {'failed':>7}")
    show("nobody else", *measure(server.port, min(10, options.seconds)))
    idle = []
    for _ in range(options.idle):
        connection = connect(server.port)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer_of(connection)
        idle.append(connection)
    slow = SlowClients(server.port, options.slow)
    began = time.monotonic()
    show(f"{options.idle} idle, {options.slow} with a byte a second", *measure(server.port, options.seconds))
    waited = time.monotonic() - began
    open_ones = sum(still_open(connection) for connection in idle)
    print(f"{open_ones} of {len(idle)} idle connections are open after {waited:.0f} s; "
          f"{slow.replaced} slow clients were given up; {server.threads()} threads; "
          f"{server.resident_bytes() / 2**20:.0f} MB resident without page cache")
    slow.stop()
    for connection in idle:
        connection.close()
    print(f"the server ended with {server.stop()}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Mixed load: recommendations at half of the maximum rate, with applies and re-imports all the time. Needs wrk.

    python3 bench/load.py [--minutes 10] [--proffer build/release/proffer] [--baseline build/release/bench/bench_httplib_baseline]

First the maximum: popularity over HTTP beside a bare cpp-httplib handler with an answer of the same size, in turns, so
that both meet the same machine. Then the load; printed are errors, memory without page cache over time, and how soon
after its end each re-import was served.
"""

import argparse
import csv
import pathlib
import re
import statistics
import subprocess
import threading
import time
import urllib.request

from server import Server, free_port, percentile

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Host"] = "localhost"
local path, pause, n = "%s", %d, 0
request = function()
  n = n + 1
  return wrk.format(nil, path, nil,
    '{"recommenderArn": "streaming/most-popular", "userId": "u' .. (n %% 2000) .. '", "numResults": 25}')
end
if pause > 0 then delay = function() return pause end end
"""


def wrk(place, url, path, seconds, connections, pause=0):
    script = place / f"wrk{pause}{path.replace('/', '-')}.lua"
    script.write_text(SCRIPT % (path, pause))
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, url],
                         capture_output=True, text=True, check=True).stdout
    figures = {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
               "requests": int(re.search(r"(\d+) requests in", out)[1]),
               "p99": re.search(r"\n\s+99%\s+(\S+)", out)[1], "p50": re.search(r"\n\s+50%\s+(\S+)", out)[1]}
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    socket = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    figures["bad"] = (int(bad[1]) if bad else 0) + (sum(map(int, socket.groups())) if socket else 0)
    return figures


def compare(server, baseline, seconds):
    body = b'{"recommenderArn": "streaming/most-popular", "userId": "u1", "numResults": 25}'
    size = len(urllib.request.urlopen(urllib.request.Request(server.url + "/recommendations", body)).read())
    port = free_port()
    bare = subprocess.Popen([baseline, str(port), str(size)])
    time.sleep(0.5)
    rates = {"bare": [], "proffer": []}
    for _ in range(4):
        rates["bare"].append(wrk(server.place, f"http://127.0.0.1:{port}", "/", seconds, 16))
        rates["proffer"].append(wrk(server.place, server.url, "/recommendations", seconds, 16))
    bare.kill()
    bare.wait()
    print(f"an answer of {size} bytes, 16 connections, {seconds} s each, in turns:")
    for name, figures in rates.items():
        print(f"  {name:<8} requests/s {' '.join(format(f['rate'], '>8.0f') for f in figures)}   median "
              f"{statistics.median(f['rate'] for f in figures):.0f}   p50 {figures[-1]['p50']} p99 {figures[-1]['p99']}")
    share = statistics.median(p["rate"] / b["rate"] for p, b in zip(rates["proffer"], rates["bare"]))
    print(f"  share of the bare handler: {share:.0%} (wanted: 60%)", flush=True)
    return statistics.median(f["rate"] for f in rates["proffer"])


class Changes(threading.Thread):
    """Applies and re-imports, one after the other, until told to stop."""

    def __init__(self, server):
        super().__init__()
        self.server, self.ending, self.rounds, self.applies = server, threading.Event(), 0, 0
        self.import_seconds, self.lags, self.errors = [], [], []
        self.top = self.shown()["itemId"]

    def shown(self):
        answer = self.server.ask("POST", "/v1/recommend",
                                 {"target": "streaming/most-popular", "userId": "u1", "numResults": 1})
        return answer["items"][0]

    def dataset(self, name):
        return self.server.ask("GET", f"/v1/groups/streaming/datasets/{name}")["status"]["data"]["fingerprint"]

    def touch(self, name):
        self.applies += 1
        self.server.ask("PATCH", f"/v1/groups/streaming/datasets/{name}",
                        {"metadata": {"labels": {"round": str(self.rounds)}}}, "application/merge-patch+json")

    def write(self, title):
        data = self.server.sources / "data"
        with open(data / "items.csv", newline="") as file:
            rows = list(csv.reader(file))
        head = rows[0]
        for row in rows[1:]:
            if row[head.index("ITEM_ID")] == self.top:
                row[head.index("TITLE")] = title
        with open(data / "items.csv.new", "w", newline="") as file:
            csv.writer(file).writerows(rows)
        (data / "items.csv.new").rename(data / "items.csv")
        with open(data / "interactions.csv", newline="") as file:
            text = file.read()
        lines = text.splitlines()
        cells = lines[-1].split(",")
        cells[lines[0].split(",").index("TIMESTAMP")] = str(1_700_000_000 + self.rounds)
        (data / "interactions.csv.new").write_text(text + ",".join(cells) + "\n")
        (data / "interactions.csv.new").rename(data / "interactions.csv")

    def await_import(self, name, before):
        for _ in range(1200):
            if self.dataset(name) != before:
                return
            time.sleep(0.05)
        self.errors.append(f"round {self.rounds}: {name} was not imported within a minute")

    def round(self):
        self.rounds += 1
        title = f"Round {self.rounds}"
        before = {name: self.dataset(name) for name in ("items", "interactions")}
        began = time.monotonic()
        self.write(title)
        for name in before:
            self.touch(name)
        # The same set once more changes nothing, and costs an admission.
        self.server.run("apply", "-f", self.server.sources)
        self.applies += 1
        for name, fingerprint in before.items():
            self.await_import(name, fingerprint)
        ended = time.monotonic()
        self.import_seconds.append(ended - began)
        while self.shown()["title"] != title:
            if time.monotonic() - ended > 30:
                self.errors.append(f"{title} is not served 30 s after its import")
                return
            time.sleep(0.01)
        self.lags.append(time.monotonic() - ended)

    def run(self):
        while not self.ending.is_set():
            try:
                self.round()
            except Exception as error:
                self.errors.append(f"round {self.rounds}: {error}")
            self.ending.wait(2)


def load(server, rate, minutes):
    pause = 4
    connections = max(4, round(rate / 2 * pause / 1000))
    changes = Changes(server)
    changes.start()
    print(f"load: as many connections as half of the maximum takes, each asking again {pause} ms after its answer, "
          f"{minutes:g} minutes:")
    memory, requests, bad, rates = [], 0, 0, []
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        # The first turns are short: answers take their time too, so it is seen how many clients the rate takes.
        seconds = 5 if len(rates) < 3 else max(5, min(30, round(end - time.monotonic())))
        figures = wrk(server.place, server.url, "/recommendations", seconds, connections, pause)
        requests, bad = requests + figures["requests"], bad + figures["bad"]
        rates.append(figures["rate"])
        connections = max(4, min(400, round(connections * min(2.0, rate / 2 / figures["rate"]))))
        memory.append(server.resident_bytes() / 2**20)
        print(f"  {figures['rate']:>8.0f}/s  p50 {figures['p50']} p99 {figures['p99']}  {memory[-1]:>6.0f} MB  "
              f"{changes.rounds} re-imports  {bad} errors", flush=True)
    changes.ending.set()
    changes.join()
    settled = memory[max(1, len(memory) // 5):] or memory
    print(f"{requests} requests at {statistics.median(rates):.0f}/s ({statistics.median(rates) / rate:.0%} of the maximum), "
          f"{bad} errors; {changes.applies} applies and {changes.rounds} re-imports, {len(changes.errors)} errors")
    for error in changes.errors:
        print("  " + error)
    print(f"a round (two imports) took {percentile(changes.import_seconds, 0.5):.1f} s (median), and was served "
          f"{percentile(changes.lags, 0.5):.2f} s after its end, at most {max(changes.lags):.2f} s")
    print(f"memory without page cache: {memory[0]:.0f} MB at first, then {min(settled):.0f} to {max(settled):.0f} MB, "
          f"{memory[-1]:.0f} MB at last; grown by {memory[-1] - settled[0]:.0f} MB (wanted: below 50)")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--proffer", default="build/release/proffer")
    options.add_argument("--baseline", default="build/release/bench/bench_httplib_baseline")
    options.add_argument("--seconds", type=int, default=8, help="of each turn of the comparison")
    options = options.parse_args()
    server = Server(options.proffer)
    rate = compare(server, str(pathlib.Path(options.baseline).resolve()), options.seconds)
    load(server, rate, options.minutes)
    print(f"the server ended with {server.stop()}")


if __name__ == "__main__":
    main()

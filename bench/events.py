#!/usr/bin/env python3
"""PutEvents over HTTP, every answer durable: one and ten events a call from 16 connections, beside a bare cpp-httplib
handler that is sent the same bodies, and the store called in process. Needs wrk.

    python3 bench/events.py [--seconds 10] [--pairs 10000] [--events 0] [--proffer build/release/proffer] [--benches build/release/bench]

Then pairs of an event and a recommendation under a filter that excludes what the user had to do with: every answer must
reflect its event. --events N goes on until so many events are stored and prints how memory grew.
"""

import argparse
import http.client
import json
import pathlib
import re
import subprocess
import time

from server import Server, free_port, percentile

# Every event is another one: its time grows with each.
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Host"] = "localhost"
local tracking, count, n = "%s", %d, %d
request = function()
  local events = {}
  for i = 1, count do
    n = n + 1
    events[i] = '{"eventType":"Watch","itemId":"i' .. (n %% 1000) .. '","sentAt":' .. (1700000000 + n) .. '}'
  end
  local user = n %% 2000
  return wrk.format(nil, "%s", nil, '{"trackingId":"' .. tracking .. '","sessionId":"s' .. user .. '","userId":"u' ..
    user .. '","eventList":[' .. table.concat(events, ",") .. ']}')
end
"""
TRACKER = """
apiVersion: proffer/v1
kind: EventTracker
metadata: {name: web, group: streaming}
---
apiVersion: proffer/v1
kind: Filter
metadata: {name: untouched, group: streaming}
spec: {expression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'}
"""


class Load:
    def __init__(self, server, tracking):
        self.server, self.tracking, self.sent = server, tracking, 0

    def run(self, url, path, events, seconds):
        script = self.server.place / "events.lua"
        script.write_text(SCRIPT % (self.tracking, events, self.sent, path))
        out = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", "-s", script, url],
                             capture_output=True, text=True, check=True).stdout
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
        requests = int(re.search(r"(\d+) requests in", out)[1])
        self.sent += (requests + 64) * events
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        return {"calls": rate, "events": rate * events, "p50": re.search(r"\n\s+50%\s+(\S+)", out)[1],
                "p99": re.search(r"\n\s+99%\s+(\S+)", out)[1], "bad": int(bad[1]) if bad else 0}


def show(name, figures):
    print(f"  {name:<34} {figures['calls']:>9.0f} calls/s {figures['events']:>9.0f} events/s   p50 {figures['p50']:>8} "
          f"p99 {figures['p99']:>8}   refused {figures['bad']}", flush=True)


def pairs(server, tracking, count):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)

    def post(path, body):
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    times, wrong, base = [], 0, 1_900_000_000
    for n in range(count):
        user = f"pair-{n % 500}"
        asked = {"recommenderArn": "streaming/most-popular", "userId": user, "numResults": 1,
                 "filterArn": "streaming/untouched"}
        status, answer = post("/recommendations", asked)
        if status != 200 or not answer["itemList"]:
            wrong += 1
            continue
        item = answer["itemList"][0]["itemId"]
        began = time.monotonic()
        status, _ = post("/events", {"trackingId": tracking, "sessionId": "s-" + user, "userId": user, "eventList": [
            {"eventType": "Watch", "sentAt": base + n, "itemId": item}]})
        status, answer = (status, {}) if status != 200 else post("/recommendations", asked)
        times.append(time.monotonic() - began)
        if status != 200 or any(i["itemId"] == item for i in answer["itemList"]):
            wrong += 1
    print(f"{count} pairs of an event and a recommendation: {wrong} answers without their event; "
          f"p50 {percentile(times, 0.5) * 1e6:.0f} us, p99 {percentile(times, 0.99) * 1e6:.0f} us for both", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--proffer", default="build/release/proffer")
    parser.add_argument("--benches", default="build/release/bench")
    options = parser.parse_args()
    benches = pathlib.Path(options.benches)
    server = Server(options.proffer)
    manifest = server.place / "tracker.yaml"
    manifest.write_text(TRACKER)
    server.run("apply", "-f", manifest, "--wait")
    tracking = server.ask("GET", "/v1/groups/streaming/eventtrackers/web")["status"]["trackingId"]
    load = Load(server, tracking)
    port = free_port()
    bare = subprocess.Popen([benches / "bench_httplib_baseline", str(port), "3"])
    time.sleep(0.5)
    print(f"16 connections, {options.seconds} s each, client on the same machine:")
    for events, wanted in ((1, 12_000), (10, 60_000)):
        show(f"a bare handler, {events} a call", load.run(f"http://127.0.0.1:{port}", "/", events, options.seconds))
        figures = load.run(server.url, "/events", events, options.seconds)
        show(f"PutEvents, {events} a call (wanted {wanted})", figures)
    bare.kill()
    bare.wait()
    if options.events > 0:
        sizes, begun = [server.resident_bytes()], load.sent
        while load.sent - begun < options.events:
            load.run(server.url, "/events", 10, options.seconds)
            sizes.append(server.resident_bytes())
        print(f"memory without page cache: {sizes[0] / 1e6:.0f} MB, {sizes[-1] / 1e6:.0f} MB after about "
              f"{load.sent - begun:,} events; every {options.seconds} s {', '.join(f'{s / 1e6:.0f}' for s in sizes)}", flush=True)
    wrong = pairs(server, tracking, options.pairs)
    code = server.stop()
    in_process = benches / "bench_events"
    if in_process.exists():
        print("the store called in process:", flush=True)
        subprocess.run([in_process], check=False)
    return 1 if wrong or code else 0


raise SystemExit(main())

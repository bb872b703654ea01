#!/usr/bin/env python3
"""Top picks for you over HTTP, from a catalogue of many items: at a rate that is told, and as many as go. Needs wrk.

    python3 bench/sequence_load.py [--items 100000] [--rate 500] [--seconds 10] [--proffer build/release/proffer]

Training comes first, on few events a person; it takes some minutes. A rate is kept by connections that wait between an
answer and the next question, so many that the told rate would be reached if answers took no time.
"""

import argparse
import re
import subprocess

from server import Server

RECOMMENDER = """
apiVersion: proffer/v1
kind: Recommender
metadata: {name: top-picks, group: streaming}
spec:
  useCase: top-picks-for-you
  exploration: {weight: %g}
"""
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Host"] = "localhost"
local pause, people, n = %d, %d, 0
request = function()
  n = n + 1
  return wrk.format(nil, "/recommendations", nil,
    '{"recommenderArn": "streaming/top-picks", "userId": "u' .. (n * 7919 %% people) .. '", "numResults": 25}')
end
if pause > 0 then delay = function() return pause end end
"""


def wrk(server, seconds, connections, pause, people):
    script = server.place / "picks.lua"
    script.write_text(SCRIPT % (pause, people))
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, server.url],
                         capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return (float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), re.search(r"\n\s+50%\s+(\S+)", out)[1],
            re.search(r"\n\s+99%\s+(\S+)", out)[1], int(bad[1]) if bad else 0)


def show(name, figures):
    print(f"  {name:<52} {figures[0]:>7.0f} /s   p50 {figures[1]:>8} p99 {figures[2]:>8}   refused {figures[3]}",
          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--proffer", default="build/release/proffer")
    options = parser.parse_args()
    people = 2000
    server = Server(options.proffer, users=people, items=options.items, interactions=40_000)
    manifest = server.place / "top-picks.yaml"
    for weight in (0, 0.3):
        manifest.write_text(RECOMMENDER % weight)
        server.run("apply", "-f", manifest, "--wait", "--timeout", "3600s")
        print(f"{options.items:,} items, exploration weight {weight:g}, client on the same machine:")
        wrk(server, 3, 16, 0, people)
        pause = 50
        show(f"asked {options.rate} times a second", wrk(server, options.seconds, options.rate * pause // 1000, pause, people))
        for connections in (2, 16):
            show(f"as many as go, {connections} connections", wrk(server, options.seconds, connections, 0, people))
    print(f"memory without page cache: {server.resident_bytes() / 1e6:.0f} MB")
    return server.stop()


raise SystemExit(main())

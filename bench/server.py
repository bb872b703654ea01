"""A server under test, for the benches beside it: started on made-up data, asked, watched, stopped."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """examples/streaming with generated data, applied and ready."""

    def __init__(self, proffer, users=2000, items=1000, interactions=200_000):
        self.proffer = str(pathlib.Path(proffer).resolve())
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="proffer-bench-"))
        self.sources = self.place / "sources"
        shutil.copytree(ROOT / "examples/streaming", self.sources)
        self.run("generate", "streaming", "--users", users, "--items", items, "--interactions", interactions, "--seed",
                 1, "--out", self.sources / "data")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(self.place / "log", "w")
        self.process = subprocess.Popen(
            [self.proffer, "serve", "--data", self.place / "data", "--sources", self.sources, "--listen",
             f"127.0.0.1:{self.port}"], stderr=self.log)
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/readyz")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        self.run("apply", "-f", self.sources, "--wait", "--timeout", "300s")

    def run(self, *arguments):
        environment = dict(os.environ, PROFFER_SERVER=getattr(self, "url", ""))
        done = subprocess.run([self.proffer, *map(str, arguments)], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"proffer {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}")

    def ask(self, method, path, body=None, kind="application/json"):
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", kind)
        return json.load(urllib.request.urlopen(request, timeout=30))

    def resident_bytes(self):
        """Of the process's own, without what is mapped from files."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        return 0

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=120)
        shutil.rmtree(self.place)
        return code


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

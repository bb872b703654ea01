"""Drives real clients of the service against a real server.

    python3 run.py PROFFER MOVIELENS [--recipe RECIPE] [--endpoint URL] CLIENT...

CLIENT is a command that takes URL BUCKET DIRECTORY RECIPE: "python3 flow.py", "node flow.mjs", "sh read_only.sh"; one
that begins with a recipe ("aws-user-personalization python3 flow.py") is played with that. Each gets the same server,
bucket and files. The bucket is a directory that the server is told of, or, with --endpoint, one of an S3-compatible
server that is running there, which gets the files first.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
BUCKET = "conformance"
PATIENCE = 1800
# The clients sign with these; on this machine alone the server need not know them.
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDCONFORMANCE", "AWS_SECRET_ACCESS_KEY": "secret-of-the-conformance-tests",
        "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true"}


def server(program, place, endpoint):
    bucket = ["--s3-endpoint", endpoint] if endpoint else ["--s3-bucket", f"{BUCKET}={place / 'bucket'}"]
    log = open(place / "server.log", "w")
    process = subprocess.Popen([program, "serve", "--data", str(place / "data"), "--listen", "127.0.0.1:0", *bucket],
                               stdout=log, stderr=subprocess.STDOUT, cwd=place, env={**os.environ, **KEYS})
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        said = (place / "server.log").read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        if found:
            return process, found.group(0)
        time.sleep(0.1)
    process.kill()
    sys.exit("the server does not start:\n" + (place / "server.log").read_text())


def upload(endpoint, directory):
    import boto3
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for file in sorted(directory.iterdir()):
        client.upload_file(str(file), BUCKET, file.name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("movielens")
    parser.add_argument("--recipe", default="aws-popularity-count")
    parser.add_argument("--endpoint", default="")
    parser.add_argument("clients", nargs="+")
    options = parser.parse_args()
    os.environ.update(KEYS)
    if options.endpoint:
        os.environ["AWS_ENDPOINT_URL_S3"] = options.endpoint
    place = pathlib.Path(tempfile.mkdtemp(prefix="proffer-conformance-"))
    process = None
    failed = []
    try:
        for name in ("files", "bucket", "data"):
            (place / name).mkdir()
        subprocess.run([sys.executable, HERE / "prepare.py", options.movielens, place / "files"], check=True)
        if options.endpoint:
            upload(options.endpoint, place / "files")
        else:
            shutil.copytree(place / "files", place / "bucket", dirs_exist_ok=True)
        process, url = server(os.path.abspath(options.program), place, options.endpoint)
        for client in options.clients:
            words = shlex.split(client)
            recipe = words.pop(0) if words[0].startswith("aws-") else options.recipe
            print(f"--- {client}", flush=True)
            begin = time.monotonic()
            outcome = subprocess.run([*words, url, BUCKET, str(place / "files"), recipe], cwd=HERE, timeout=PATIENCE,
                                     env={**os.environ, **KEYS})
            print(f"    {time.monotonic() - begin:.0f} seconds", flush=True)
            if outcome.returncode != 0:
                failed.append(client)
        if failed:
            print((place / "server.log").read_text()[-4000:], file=sys.stderr)
    finally:
        if process is not None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(place, ignore_errors=True)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


main()

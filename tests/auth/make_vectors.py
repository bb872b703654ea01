#!/usr/bin/env python3
"""Writes tests/auth/vectors/botocore.txt: requests as the signer of botocore signs them.

The test reads the recorded file, so botocore is needed only to record it anew:
    python3 tests/auth/make_vectors.py
"""
import datetime
import pathlib

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 22, 8, 15, 0)
KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HOST = "http://127.0.0.1:7420"
JSON = {"Content-Type": "application/json"}
TARGET = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonPersonalize.ListCampaigns"}

# (what is shown, method, url, headers, body, session token, region, service)
CASES = [
    ("runtime call", "POST", HOST + "/recommendations", JSON, b'{"campaignArn": "a"}', None, "us-east-1", "personalize"),
    ("control plane", "POST", HOST + "/", TARGET, b"{}", None, "eu-west-1", "personalize"),
    ("session token", "POST", HOST + "/events", JSON, b"{}", "IQoJb3JpZ2luX2VjE/+==", "us-east-1", "personalize"),
    ("empty body", "POST", HOST + "/users", JSON, b"", None, "us-east-1", "personalize"),
    ("body in UTF-8", "POST", HOST + "/items", JSON, "{\"n\": \"Amélie 日本\"}".encode(), None, "us-east-1", "personalize"),
    ("default port", "GET", "http://proffer.example/v1/version", {}, None, None, "us-east-1", "personalize"),
    ("query out of order", "GET", HOST + "/v1/journal?name=b&kind=a&after=10&after2=", {}, None, None, "us-east-1", "personalize"),
    ("query that is encoded", "GET", HOST + "/v1/resources?labelSelector=a%3Db%2Cc%3Dd%20e&kind=x~y-z_.", {}, None, None, "us-east-1", "personalize"),
    ("same name twice in the query", "GET", HOST + "/v1/x?a=2&a=1&A=3", {}, None, None, "us-east-1", "personalize"),
    ("path that is encoded", "GET", HOST + "/v1/groups/a%20b/campaigns/%C3%A9~x", {}, None, None, "us-east-1", "personalize"),
    ("dots in the path", "GET", HOST + "/v1/./groups/../version", {}, None, None, "us-east-1", "personalize"),
    ("empty segments", "GET", HOST + "//v1///version//", {}, None, None, "us-east-1", "personalize"),
    ("path that is empty", "GET", HOST, {}, None, None, "us-east-1", "personalize"),
    ("blanks in a header", "GET", HOST + "/x", {"My-Header": "  a   b  c  "}, None, None, "us-east-1", "personalize"),
    ("a prefix in the path", "POST", HOST + "/base", TARGET, b"{}", None, "us-east-1", "personalize"),
    ("object: get", "GET", "http://s3.example:9000/bucket/a%20b/c%2Bd%3D.csv", {}, b"", None, "us-east-1", "s3"),
    ("object: list", "GET", "http://s3.example:9000/bucket?list-type=2&prefix=a%2Fb%20c%2F&delimiter=%2F&continuation-token=1%2B2%3D", {}, b"", None, "eu-west-1", "s3"),
    ("object: put", "PUT", "http://s3.example:9000/bucket/dir/x.csv", {}, b"a,b\n1,2\n", None, "us-east-1", "s3"),
    ("object: dots stay", "GET", "http://s3.example:9000/bucket/a/../b//c", {}, b"", None, "us-east-1", "s3"),
    ("object: session", "GET", "http://s3.example:9000/bucket/k", {}, b"", "token/==", "us-east-1", "s3"),
]


class Frozen(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW

    @classmethod
    def now(cls, tz=None):
        return NOW.replace(tzinfo=tz)


def freeze():
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW
    else:
        botocore.auth.datetime.datetime = Frozen


def host_of(url):
    return url.split("/")[2]


def target_of(url):
    rest = url.split("/", 3)
    return "/" + rest[3] if len(rest) > 3 else "/"


def main():
    freeze()
    out = ["# Recorded by tests/auth/make_vectors.py with the signer of botocore. The clock stood at 20261122T081500Z."]
    for what, method, url, headers, body, token, region, service in CASES:
        request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        kind(Credentials(*KEY, token), service, region).add_auth(request)
        text = (body or b"").decode()
        assert "\n===" not in text
        out.append(f"=== {what}")
        out.append(f"{method} {target_of(url)} HTTP/1.1")
        out.append(f"Host: {host_of(url)}")
        out += [f"{name}: {value}" for name, value in request.headers.items() if name.lower() != "host"]
        out.append("")
        out.append(text)
    place = pathlib.Path(__file__).parent / "vectors" / "botocore.txt"
    place.write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()

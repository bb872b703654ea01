#!/bin/sh
# generated_client.sh GENERATOR URL: generates a Python client of URL/openapi.json and asks the server with it.
# GENERATOR is openapi-python-client in a virtual environment that has what the client needs (httpx, attrs).
set -eu
generator=$1
url=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
PATH=$(dirname "$generator"):$PATH
python=$(dirname "$generator")/python3
"$python" -c 'import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())' \
  "$url/openapi.json" >"$place/openapi.json"
"$generator" generate --path "$place/openapi.json" --output-path "$place/client" --meta none
cd "$place"
"$python" - "$url" <<'PYTHON'
import sys

from client import Client
from client.api.native import get_resource, list_resources, put_resource, recommend, show_version
from client.api.service import get_recommendations
from client.models import GetRecommendationsRequest, RecommendRequest, ResourceInput

client = Client(base_url=sys.argv[1])
version = show_version.sync(client=client)
assert version.api_version == "proffer/v1", version
made = put_resource.sync_detailed("datasetgroups", "shop", client=client, body=ResourceInput.from_dict({"spec": {}}))
assert made.status_code == 201, made
resource = get_resource.sync("datasetgroups", "shop", client=client)
assert resource.metadata.name == "shop" and resource.kind == "DatasetGroup", resource
assert len(list_resources.sync("datasetgroups", client=client).items) == 1
answer = recommend.sync(client=client, body=RecommendRequest(target="shop/home", user_id="u1"))
assert answer.items[0].item_id == "item of u1", answer
answer = get_recommendations.sync(client=client, body=GetRecommendationsRequest(recommender_arn="shop/home", user_id="u2"))
assert answer.item_list[0].item_id == "item of u2", answer
missing = get_resource.sync_detailed("datasetgroups", "nobody", client=client)
assert missing.status_code == 404 and missing.parsed.error.type_ == "NotFound", missing
print("the generated client works")
PYTHON

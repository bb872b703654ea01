"""A client made at run time from a server's /openapi.json, with nothing but Python's standard library.

python3 client_from_openapi.py URL: calls every operation that is described, the resources' ones in an order that makes
sense, and checks that what comes back has the members that the description requires.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request


class Client:
    """One method per operationId: client.getResource(plural="schemas", name="x", body=None) -> (status, answer)."""

    def __init__(self, url):
        self.url = url
        self.description = json.load(urllib.request.urlopen(url + "/openapi.json"))
        self.called = set()
        self.operations = {}
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                self.operations[operation["operationId"]] = (method.upper(), path, operation)

    def __getattr__(self, name):
        method, path, operation = self.operations[name]

        def call(body=None, **arguments):
            return self.send(name, method, path, operation, body, arguments)

        return call

    def send(self, name, method, path, operation, body, arguments):
        self.called.add(name)
        query = {}
        known = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        for key, value in arguments.items():
            if known[key]["in"] == "path":
                path = path.replace("{" + key + "}", urllib.parse.quote(value, safe=""))
            else:
                query[key] = str(value).lower() if isinstance(value, bool) else value
        assert "{" not in path, path
        if query:
            path += "?" + urllib.parse.urlencode(query)
        assert (body is not None) == ("requestBody" in operation), name
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", next(iter(operation["requestBody"]["content"])))
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        responses = operation["responses"]
        content = responses.get(str(answer.status), responses["default"])["content"]
        kind = answer.headers["Content-Type"].split(";")[0]
        value = json.loads(text) if kind == "application/json" else text
        self.check(content[kind].get("schema", {}), value, name)
        return answer.status, value

    def check(self, schema, value, where):
        if "$ref" in schema:
            schema = self.description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        for member in schema.get("required", []):
            assert member in value, f"{where}: {member} is missing in {value}"
        for member, inner in schema.get("properties", {}).items():
            if isinstance(value, dict) and member in value:
                self.check(inner, value[member], f"{where}.{member}")
        if isinstance(value, list) and "items" in schema:
            for entry in value:
                self.check(schema["items"], entry, where + "[]")


def main():
    client = Client(sys.argv[1])

    def expect(outcome, status):
        assert outcome[0] == status, outcome
        return outcome[1]

    expect(client.showIndex(), 200)
    expect(client.showHealth(), 200)
    expect(client.showReadiness(), 200)
    expect(client.showMetrics(), 200)
    expect(client.showOpenApi(), 200)
    expect(client.showVersion(), 200)
    group = {"spec": {"domain": "ECOMMERCE"}}
    made = expect(client.putResource(plural="datasetgroups", name="shop", body=group), 201)
    assert made["kind"] == "DatasetGroup" and made["metadata"]["name"] == "shop"
    expect(client.patchResource(plural="datasetgroups", name="shop", body={"metadata": {"labels": {"a": "b"}}}), 200)
    expect(client.getResource(plural="datasetgroups", name="shop"), 200)
    assert len(expect(client.listResources(plural="datasetgroups", labelSelector="a=b"), 200)["items"]) == 1
    tracker = {"spec": {}}
    where = {"group": "shop", "plural": "eventtrackers"}
    expect(client.putResourceOfGroup(name="clicks", body=tracker, **where), 201)
    expect(client.patchResourceOfGroup(name="clicks", body={"metadata": {"labels": {"c": "d"}}}, **where), 200)
    expect(client.getResourceOfGroup(name="clicks", **where), 200)
    assert len(expect(client.listResourcesOfGroup(**where), 200)["items"]) == 1
    version = expect(client.listAllResources(), 200)["resourceVersion"]
    expect(client.watchResources(resourceVersion=0, timeoutSeconds=0), 200)
    text = "apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {name: other}\n"
    answer = expect(client.applyManifests(dryRun=True, body={"files": [{"name": "a.yaml", "text": text}]}), 200)
    assert answer["results"][0]["action"] == "created"
    expect(client.readJournal(limit=10), 200)
    expect(client.listJobs(unfinished=True), 200)
    assert expect(client.dumpServer(), 200) == "everything"
    lines = expect(client.evaluateSolution(body={"target": "movies/taste", "protocol": "leave-last"}), 200)
    assert json.loads(lines.splitlines()[-1])["result"]["protocol"] == "leave-last"
    expect(client.evaluateSolution(body={"target": "nowhere/taste"}), 404)
    assert expect(client.diagnoseGroup(group="movies"), 200)["interactions"] == 1
    expect(client.diagnoseGroup(group="nowhere"), 404)
    found = expect(client.recommend(body={"target": "shop/home", "userId": "u1"}), 200)
    assert found["items"][0]["itemId"] == "item of u1"
    expect(client.recommend(body={"target": "nowhere/home"}), 404)
    found = expect(client.getRecommendations(body={"recommenderArn": "shop/home", "userId": "u2"}), 200)
    assert found["itemList"][0]["itemId"] == "item of u2"
    checked = expect(client.checkFilter(body={"group": "movies", "expression": "INCLUDE ItemID WHERE Items.PRICE < 3"}), 200)
    assert checked["ok"] and checked["uses"]["fields"] == ["Items.PRICE"]
    expect(client.checkFilter(body={"group": "nowhere", "expression": "x"}), 404)
    tried = expect(client.evaluateFilter(body={"group": "movies", "filter": "cheap", "explainItem": "318"}), 200)
    assert tried["passing"] == 1 and not tried["explanation"]["passes"]
    data = {"group": "shop", "plural": "datasets"}
    expect(client.putResourceOfGroup(name="events", body={"spec": {"type": "INTERACTIONS"}}, **data), 201)
    view = {"userId": "u", "itemId": "i", "eventType": "View", "timestamp": 5}
    put = expect(client.putEventsOfGroup(group="shop", body={"events": [view]}), 200)
    assert put["stored"] == 1 and put["warnings"] == []
    expect(client.putItemsOfGroup(group="shop", body={"items": [{"itemId": "i"}]}), 404)
    expect(client.putUsersOfGroup(group="shop", body={"users": [{"userId": "u"}]}), 404)
    tracking = expect(client.getResourceOfGroup(name="clicks", **where), 200)["metadata"]["uid"]
    event = {"eventType": "View", "sentAt": 5, "itemId": "i"}
    expect(client.putEvents(body={"trackingId": tracking, "sessionId": "s", "eventList": [event]}), 200)
    expect(client.putItems(body={"datasetArn": "shop/items", "items": [{"itemId": "i"}]}), 404)
    expect(client.putUsers(body={"datasetArn": "shop/users", "users": [{"userId": "u"}]}), 404)
    expect(client.putActions(body={"datasetArn": "shop/actions", "actions": [{"actionId": "a"}]}), 404)
    expect(client.putActionInteractions(body={"trackingId": tracking}), 400)
    client.getPersonalizedRanking(body={})
    client.getActionRecommendations(body={})
    expect(client.controlPlane(body={}), 400)
    expect(client.deleteResourceOfGroup(name="clicks", **where), 200)
    expect(client.deleteResource(plural="datasetgroups", name="shop"), 200)
    assert version > 0
    missing = set(client.operations) - client.called
    assert not missing, f"not called: {missing}"
    print("all operations were called")


main()

"""The update patterns of a recommender as a program written for Amazon Personalize goes through them, with boto3.

    python3 flow.py URL BUCKET DIRECTORY RECIPE

URL is a server's, BUCKET the name of a bucket that holds what prepare.py made, DIRECTORY holds the same files for
reading here. Nothing but endpoint, credentials and bucket is Proffer's. Prints a line for each step; exits with 1 and
says what was wrong otherwise.

User-Personalization learns from the newest ratings only and is small, so that the flow takes no minutes; with
PROFFER_CONFORMANCE_WHOLE=1 it is what it is unless told otherwise. Its lists are compared without exploration, which
draws anew for each answer; a second campaign explores.
"""

import csv
import json
import os
import pathlib
import sys
import time

import boto3
import botocore
from botocore.exceptions import ClientError

URL, BUCKET, DIRECTORY, RECIPE = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4]
PREFIX = "py" + botocore.__version__.replace(".", "-") + "-" + RECIPE.replace("aws-", "")
ROLE = "arn:aws:iam::123456789012:role/PersonalizeRole"
PATIENCE = 1200
PERSONAL = RECIPE == "aws-user-personalization"
WHOLE = "PROFFER_CONFORMANCE_WHOLE" in os.environ
INTERACTIONS, ITEMS = ("recent.csv", "recent_items.csv") if PERSONAL and not WHOLE else ("interactions.csv", "items.csv")

session = boto3.Session(region_name="eu-central-1")
personalize = session.client("personalize", endpoint_url=URL)
runtime = session.client("personalize-runtime", endpoint_url=URL)
events = session.client("personalize-events", endpoint_url=URL)


def say(text):
    print(text, flush=True)


def wait(describe, member, field="status", wanted=("ACTIVE", "COMPLETED"), **arn):
    """Polls as every client does: until the status is final."""
    until = time.monotonic() + PATIENCE
    while True:
        found = getattr(personalize, describe)(**arn)[member]
        for name in field.split("."):
            found = found[name] if name in found else found
        if found in wanted:
            return
        assert "FAILED" not in str(found), personalize.__getattribute__(describe)(**arn)[member]
        assert time.monotonic() < until, f"{describe} {arn} stays {found}"
        time.sleep(0.2)


def gone(describe, **arn):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            getattr(personalize, describe)(**arn)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceNotFoundException", error
            return
        assert time.monotonic() < until, f"{describe} {arn} does not go"
        time.sleep(0.2)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error)
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call} {arguments} was not refused")


def answered(campaign, user, **more):
    answer = runtime.get_recommendations(campaignArn=campaign, userId=user, **{"numResults": 25, **more})
    assert answer["recommendationId"].startswith("RID-"), answer
    return answer["itemList"]


def recommended(campaign, user, **more):
    return [item["itemId"] for item in answered(campaign, user, **more)]


class Lists:
    """What users are recommended, as of now."""

    def __init__(self, campaign, asked):
        self.of = {user: answered(campaign, user) for user in asked}

    def items(self, user):
        return [item["itemId"] for item in self.of[user]]

    def same(self, other, user):
        """Whether a user's list is the same, scores too but for rounding."""
        scores = [[item.get("score", 0) for item in lists.of[user]] for lists in (self, other)]
        return self.items(user) == other.items(user) and all(abs(a - b) < 1e-6 for a, b in zip(*scores))

    def replaced(self, before, asked):
        """How many of 25 are not among those of before, on average over users."""
        return sum(len(set(self.items(user)) - set(before.items(user))) for user in asked) / len(asked)

    def moved(self, before, asked):
        """How many of 25 places hold another item than before, on average over users."""
        return sum(a != b for user in asked for a, b in zip(self.items(user), before.items(user))) / len(asked)


def say_changes(what, now, then, with_events, without):
    say(f"  {what}: of 25 new {now.replaced(then, with_events):.1f}, of 25 places changed "
        f"{now.moved(then, with_events):.1f} for users with events; {now.replaced(then, without):.1f} and "
        f"{now.moved(then, without):.1f} for users without")


def field(name, type_="string", **more):
    return dict(name=name, type=type_, **more)


def schema(name, fields):
    return json.dumps({"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema",
                       "fields": fields, "version": "1.0"})


def read(name):
    with open(DIRECTORY / name, newline="") as file:
        return list(csv.DictReader(file))


def exported():
    """The rows of the CSV files that the export wrote."""
    if "AWS_ENDPOINT_URL_S3" in os.environ:
        s3 = session.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"])
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix="exports/")["Contents"]]
        texts = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys if PREFIX in key]
    else:
        files = (DIRECTORY.parent / "bucket" / "exports").rglob("*.csv")
        texts = [file.read_text() for file in files if PREFIX in str(file)]
    return [row for text in texts for row in csv.DictReader(text.splitlines())]


say(f"boto3 {boto3.__version__}, {RECIPE}")
group = personalize.create_dataset_group(name=PREFIX)["datasetGroupArn"]
wait("describe_dataset_group", "datasetGroup", datasetGroupArn=group)

schemas, datasets = {}, {}
for kind, fields in {
        "Interactions": [field("USER_ID"), field("ITEM_ID"), field("EVENT_TYPE"), field("TIMESTAMP", "long")],
        "Items": [field("ITEM_ID"), field("TITLE", ["null", "string"]),
                  field("GENRES", ["null", "string"], categorical=True)],
        "Users": [field("USER_ID"), field("TIER", ["null", "string"], categorical=True)]}.items():
    schemas[kind] = personalize.create_schema(name=f"{PREFIX}-{kind}", schema=schema(kind, fields))["schemaArn"]
    datasets[kind] = personalize.create_dataset(
        name=f"{PREFIX}-{kind}", datasetType=kind, datasetGroupArn=group, schemaArn=schemas[kind])["datasetArn"]
    wait("describe_dataset", "dataset", datasetArn=datasets[kind])
assert datasets["Interactions"] == group.replace("dataset-group", "dataset") + "/INTERACTIONS", datasets
say("group, schemas and datasets are there")

for kind, name in {"Interactions": INTERACTIONS, "Items": ITEMS}.items():
    job = personalize.create_dataset_import_job(
        jobName=f"{PREFIX}-{kind}", datasetArn=datasets[kind], roleArn=ROLE,
        dataSource={"dataLocation": f"s3://{BUCKET}/{name}"})["datasetImportJobArn"]
    wait("describe_dataset_import_job", "datasetImportJob", datasetImportJobArn=job)
jobs = personalize.list_dataset_import_jobs(datasetArn=datasets["Interactions"])["datasetImportJobs"]
assert [job["status"] for job in jobs] == ["ACTIVE"], jobs
say("the interactions and items are imported")

solution = personalize.create_solution(
    name=PREFIX, datasetGroupArn=group, recipeArn=f"arn:aws:personalize:::recipe/{RECIPE}",
    **({"solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "32"}}} if PERSONAL and not WHOLE else {}),
    # Else the users that are put below, the first ones, make it train once more by itself.
    **({"performAutoTraining": False} if PERSONAL else {}))["solutionArn"]
wait("describe_solution", "solution", solutionArn=solution)
version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
wait("describe_solution_version", "solutionVersion", solutionVersionArn=version)
metrics = personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
assert 0 < metrics["coverage"] <= 1 and 0 < metrics["precision_at_25"] <= 1, metrics
versions = personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
assert [each["solutionVersionArn"] for each in versions] == [version], versions
say("a version is trained: precision_at_25 = {precision_at_25}".format(**metrics))

# An older SDK has no metadata in answers.
METADATA = "enableMetadataWithRecommendations" in personalize.meta.service_model.shape_for("CampaignConfig").members
config = {"enableMetadataWithRecommendations": True} if METADATA else {}
if PERSONAL:
    config["itemExplorationConfig"] = {"explorationWeight": "0"}
campaign = personalize.create_campaign(
    name=PREFIX, solutionVersionArn=version, minProvisionedTPS=1,
    **({"campaignConfig": config} if config else {}))["campaignArn"]
wait("describe_campaign", "campaign", campaignArn=campaign)
held_out = read("events.csv")
users = list(dict.fromkeys(event["USER_ID"] for event in held_out))
rows = read(INTERACTIONS)
others = [user for user in dict.fromkeys(row["USER_ID"] for row in reversed(rows)) if user not in users][:len(users)]
before = Lists(campaign, users + others)
assert all(len(items) == 25 for items in before.of.values()), before.of
say(f"the campaign answers {len(users)} users who will have events and {len(others)} who will not")

tracker = personalize.create_event_tracker(name=PREFIX, datasetGroupArn=group)
wait("describe_event_tracker", "eventTracker", eventTrackerArn=tracker["eventTrackerArn"])
described = personalize.describe_event_tracker(eventTrackerArn=tracker["eventTrackerArn"])["eventTracker"]
assert described["trackingId"] == tracker["trackingId"], described
assert len(held_out) == 100, len(held_out)
for number, event in enumerate(held_out):
    events.put_events(
        trackingId=tracker["trackingId"], userId=event["USER_ID"], sessionId="session-" + event["USER_ID"],
        eventList=[{"eventId": f"{PREFIX}-{number}", "eventType": event["EVENT_TYPE"], "itemId": event["ITEM_ID"],
                    "sentAt": int(event["TIMESTAMP"])}])
say("100 events are put")
after = Lists(campaign, before.of)
for user in others:
    assert after.same(before, user), (user, before.of[user], after.of[user])
if PERSONAL:
    unchanged = [user for user in users if after.same(before, user)]
    assert not unchanged, f"events changed nothing for {unchanged}"
    say_changes("at once", after, before, users, others)
else:
    assert after.of == before.of, "popularity does not change before it is trained again"
say("users without events have the same answers")

if PERSONAL:
    # Ten years: with a few days it would count whether the newest events are folded, which say what is new.
    exploring = personalize.create_campaign(
        name=PREFIX + "-exploring", solutionVersionArn=version, minProvisionedTPS=1,
        campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "3650"}}
    )["campaignArn"]
    wait("describe_campaign", "campaign", campaignArn=exploring)
    # What it explores with is made beside the answers: the very first ones are the model's own.
    until = time.monotonic() + 30
    while not any(item.get("reason") for item in answered(exploring, users[0])):
        assert time.monotonic() < until, "nothing is explored"
        time.sleep(0.2)
    slots = [item.get("reason", []) for user in users + others for item in answered(exploring, user)]
    explored = sum("Exploration" in reason for reason in slots) / len(slots)
    assert 0.1 < explored <= 0.3, explored
    assert not any(item.get("reason") for items in after.of.values() for item in items), "weight 0 explored"
    personalize.delete_campaign(campaignArn=exploring)
    gone("describe_campaign", campaignArn=exploring)
    say(f"a campaign with exploration gives {explored:.0%} of its slots to it, the other none")

items = read(ITEMS)
events.put_items(datasetArn=datasets["Items"], items=[
    {"itemId": "new-film", "properties": json.dumps({"title": "A new film", "genres": "Drama|Novelty"})}])
events.put_users(datasetArn=datasets["Users"], users=[
    {"userId": users[0], "properties": json.dumps({"tier": "gold"})}])
genre = personalize.create_filter(
    name=f"{PREFIX}-genre", datasetGroupArn=group,
    filterExpression="INCLUDE ItemID WHERE Items.GENRES IN ($GENRES)")["filterArn"]
seen = personalize.create_filter(
    name=f"{PREFIX}-seen", datasetGroupArn=group,
    filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')["filterArn"]
for arn in (genre, seen):
    wait("describe_filter", "filter", filterArn=arn)
genres = {item["ITEM_ID"]: item["GENRES"].split("|") for item in items}
dramas = recommended(campaign, users[0], filterArn=genre, filterValues={"GENRES": '"Drama"'})
assert dramas and all("Drama" in genres[item] for item in dramas), dramas
if METADATA:
    answer = runtime.get_recommendations(campaignArn=campaign, userId=users[0], numResults=3,
                                         metadataColumns={"ITEMS": ["TITLE"]})
    assert all(item["metadata"]["title"] for item in answer["itemList"]), answer
mine = {event["ITEM_ID"] for event in held_out if event["USER_ID"] == users[0]}
assert not mine & set(recommended(campaign, users[0], filterArn=seen)), "items of acknowledged events came back"
say("filters with values, metadata and the events just put are in the answers")

export = personalize.create_dataset_export_job(
    jobName=PREFIX, datasetArn=datasets["Interactions"], roleArn=ROLE, ingestionMode="PUT",
    jobOutput={"s3DataDestination": {"path": f"s3://{BUCKET}/exports/"}})["datasetExportJobArn"]
wait("describe_dataset_export_job", "datasetExportJob", datasetExportJobArn=export)
rows = exported()
assert len(rows) == 100, len(rows)
assert {(row["user_id"], row["item_id"]) for row in rows} == {(e["USER_ID"], e["ITEM_ID"]) for e in held_out}
assert {int(row["timestamp"]) for row in rows} == {1000 * int(event["TIMESTAMP"]) for event in held_out}
say("the 100 streamed interactions are exported")


def train(mode):
    """A new version, and the campaign answers with it."""
    made = personalize.create_solution_version(solutionArn=solution, trainingMode=mode)["solutionVersionArn"]
    wait("describe_solution_version", "solutionVersion", solutionVersionArn=made)
    personalize.update_campaign(campaignArn=campaign, solutionVersionArn=made)
    wait("describe_campaign", "campaign", field="latestCampaignUpdate.status", campaignArn=campaign)
    now = personalize.describe_campaign(campaignArn=campaign)["campaign"]
    assert now["status"] == "ACTIVE" and now["solutionVersionArn"] == made, now
    return Lists(campaign, before.of)


if PERSONAL:
    novelties = {"filterArn": genre, "filterValues": {"GENRES": '"Novelty"'}}
    assert recommended(campaign, others[0], **novelties) == [], "an item is there before an update"
    updated = train("UPDATE")
    assert recommended(campaign, others[0], **novelties) == ["new-film"], "an update did not take the new item in"
    say_changes("after UPDATE", updated, after, users, others)
anew = train("FULL")
if PERSONAL:
    say_changes("after FULL", anew, updated, users, others)
    assert updated.replaced(after, others) < anew.replaced(updated, others) / 2, "an update changed as much as training"
    assert anew.moved(updated, others) > 5, "training anew changed next to nothing"
say("the campaign is updated")

refused("ResourceInUseException", personalize.delete_solution, solutionArn=solution)
refused("ResourceInUseException", personalize.delete_dataset_group, datasetGroupArn=group)
refused("ResourceAlreadyExistsException", personalize.create_dataset_group, name=PREFIX)
refused("ResourceNotFoundException", runtime.get_recommendations, campaignArn=campaign + "x", userId="1")
refused("InvalidInputException", runtime.get_recommendations, campaignArn=campaign, userId="1", numResults=501)
for call, describe, member, arn in (
        ("delete_campaign", "describe_campaign", "campaignArn", campaign),
        ("delete_solution", "describe_solution", "solutionArn", solution),
        ("delete_event_tracker", "describe_event_tracker", "eventTrackerArn", tracker["eventTrackerArn"]),
        ("delete_filter", "describe_filter", "filterArn", genre),
        ("delete_filter", "describe_filter", "filterArn", seen),
        ("delete_dataset", "describe_dataset", "datasetArn", datasets["Interactions"]),
        ("delete_dataset", "describe_dataset", "datasetArn", datasets["Items"]),
        ("delete_dataset", "describe_dataset", "datasetArn", datasets["Users"]),
        ("delete_dataset_group", "describe_dataset_group", "datasetGroupArn", group)):
    getattr(personalize, call)(**{member: arn})
    gone(describe, **{member: arn})
for arn in schemas.values():
    personalize.delete_schema(schemaArn=arn)
left = [each["name"] for each in personalize.list_dataset_groups()["datasetGroups"]]
assert PREFIX not in left, left
say("everything is deleted")

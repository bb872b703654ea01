"""faults.txt through boto3: every bad request that it lets pass gets the error that its model names.

    python3 faults.py URL BUCKET DIRECTORY RECIPE
"""

import json
import pathlib
import re
import sys

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

URL = sys.argv[1]
ARN = "arn:aws:personalize:local:000000000000:"
PATHS = {"/recommendations": "GetRecommendations", "/personalize-ranking": "GetPersonalizedRanking",
         "/action-recommendations": "GetActionRecommendations"}
SCHEMA = json.dumps({"type": "record", "name": "Interactions", "namespace": "com.amazonaws.personalize.schema",
                     "fields": [{"name": "USER_ID", "type": "string"}, {"name": "ITEM_ID", "type": "string"},
                                {"name": "EVENT_TYPE", "type": "string"}, {"name": "TIMESTAMP", "type": "long"}], "version": "1.0"})
# The checks of the client are off, as most clients have none.
config = Config(parameter_validation=False, retries={"max_attempts": 0})
session = boto3.Session(region_name="eu-central-1")
personalize = session.client("personalize", endpoint_url=URL, config=config)
runtime = session.client("personalize-runtime", endpoint_url=URL, config=config)


def settle(describe, member, **arn):
    import time
    for _ in range(600):
        if getattr(personalize, describe)(**arn)[member]["status"] == "ACTIVE":
            return
        time.sleep(0.1)
    raise AssertionError(f"{describe} {arn}")


def world():
    group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
    settle("describe_dataset_group", "datasetGroup", datasetGroupArn=group)
    personalize.create_schema(name="views", schema=SCHEMA)
    dataset = personalize.create_dataset(name="events", datasetGroupArn=group, schemaArn=ARN + "schema/views",
                                         datasetType="Interactions")["datasetArn"]
    settle("describe_dataset", "dataset", datasetArn=dataset)
    filter_ = personalize.create_filter(
        name="seen", datasetGroupArn=group,
        filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')["filterArn"]
    tracker = personalize.create_event_tracker(name="tracker", datasetGroupArn=group)["eventTrackerArn"]
    solution = personalize.create_solution(
        name="taste", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-popularity-count")["solutionArn"]
    for describe, member, key, arn in (("describe_filter", "filter", "filterArn", filter_),
                                       ("describe_solution", "solution", "solutionArn", solution),
                                       ("describe_event_tracker", "eventTracker", "eventTrackerArn", tracker)):
        settle(describe, member, **{key: arn})
    return [("delete_filter", "filterArn", filter_), ("delete_event_tracker", "eventTrackerArn", tracker),
            ("delete_solution", "solutionArn", solution), ("delete_dataset", "datasetArn", dataset),
            ("delete_dataset_group", "datasetGroupArn", group)]


def expanded(body):
    return re.sub(r"\{(.)\*(\d+)\}", lambda many: many.group(1) * int(many.group(2)), body)


def main():
    made = world()
    passed = stopped = 0
    for number, line in enumerate(pathlib.Path(__file__).with_name("faults.txt").read_text().splitlines(), 1):
        if not line or line.startswith("#") or "$VERSION" in line:
            continue
        operation, expected, text = line.split(" ", 2)
        client = runtime if operation in PATHS else personalize
        operation = PATHS.get(operation, operation)
        try:
            body = json.loads(expanded(text).replace('"$SCHEMA"', json.dumps(SCHEMA)))
            assert isinstance(body, dict)
            known = client.meta.service_model.operation_model(operation)
            # What no serializer of the client can write: another shape than the model's.
            client._make_api_call(known.name, body)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            # Values of the wrong type are rewritten by the client before it sends them, so that other errors follow.
            right = code == expected or expected == "SerializationException"
            assert right, f"faults.txt:{number}: {code}, not {expected}: {error}"
            assert error.response["Error"]["Message"], error.response
            passed += 1
        except (ValueError, AssertionError, ParamValidationError, TypeError, AttributeError, KeyError,
                botocore.model.OperationNotFoundError) as error:
            if str(error).startswith("faults.txt"):
                raise
            stopped += 1
        else:
            # Values that the client itself mends on the way (a number as a string) may become right.
            assert expected == "SerializationException", f"faults.txt:{number}: was answered"
            stopped += 1
    for call, member, arn in made:
        import time
        for _ in range(600):
            try:
                getattr(personalize, call)(**{member: arn})
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ResourceNotFoundException":
                    break
                assert code == "ResourceInUseException", error
            time.sleep(0.1)
    personalize.delete_schema(schemaArn=ARN + "schema/views")
    assert passed >= 150, passed
    print(f"boto3 {boto3.__version__}: {passed} bad requests are answered as modelled, {stopped} never leave the client")


main()

"""A Lambda function that reads an item and sends a message, as most of its authors would write it."""

import json
import os

import boto3

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")


def handler(event, _context):
    account = event["account"]
    read = dynamodb.get_item(
        TableName=os.environ["TABLE"],
        Key={"pk": {"S": "accounts"}, "sk": {"S": account}},
    )
    found = "Item" in read
    sqs.send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageGroupId=account,
        MessageBody=json.dumps({"found": found}),
    )
    return {"found": found}

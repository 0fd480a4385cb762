// A Lambda function that reads an item and sends a message, as most of its authors would write it.

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";

const dynamodb = new DynamoDBClient({});
// The local queue answers without a checksum. Not to look for it favours Node.
const sqs = new SQSClient({ md5: false });

export async function handler(event) {
  const account = event.account;
  const read = await dynamodb.send(
    new GetItemCommand({
      TableName: process.env.TABLE,
      Key: { pk: { S: "accounts" }, sk: { S: account } },
    }),
  );
  const found = read.Item !== undefined;
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.QUEUE_URL,
      MessageGroupId: account,
      MessageBody: JSON.stringify({ found }),
    }),
  );
  return { found };
}

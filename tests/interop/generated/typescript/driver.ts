// The whole loop through the generated client; what only a key can make comes on stdin when it is asked for.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { AccessApi, Configuration, DocumentsApi, MailboxApi } from "./generated/index";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const blob = (base64: string) => new Blob([Buffer.from(base64, "base64")]);

async function configured(url: string, assertion: string): Promise<Configuration> {
  const answer = await new AccessApi(new Configuration({ basePath: url })).getToken({ tokenRequest: { assertion } });
  return new Configuration({ basePath: url, accessToken: answer.accessToken });
}

async function main(): Promise<void> {
  const start = await read();
  const sender = await configured(start.url, start.sender);
  const recipient = await configured(start.url, start.recipient);

  const sent = await new DocumentsApi(sender).submitDocument({ body: blob(start.document) });
  const inbox = await new MailboxApi(recipient).fetchInbox({ fetchRequest: { limit: 10 } });
  const message = inbox.items[0].message;
  const content = await new DocumentsApi(recipient).getContent({ id: message.id });
  const digest = createHash("sha256").update(Buffer.from(await content.arrayBuffer())).digest("hex");
  say({ sent: sent.message.id, message: message.id, sha256: digest });

  const { signed, status } = await read();
  const acknowledged = await new MailboxApi(recipient).acknowledge({ acknowledgeRequest: { signed } });
  await new DocumentsApi(recipient).submitStatus({ body: blob(status) });
  const life = await new DocumentsApi(sender).getDocument({ id: message.id });
  const { state, progress } = life.deliveries[0];
  say({ acknowledged: acknowledged.items[0].state, state, progress, receipt: sent.receipt });
  process.exit(0);
}

main().catch(async (error) => {
  console.error(error, error.response ? await error.response.text() : "");
  process.exit(1);
});

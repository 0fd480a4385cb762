// The least that speaks to the Runtime API. AWS's own client for it is built by a C++ compiler, and
// does more before it polls: this one favours Node.

import http from "node:http";
import { handler } from "./two_calls.mjs";

const agent = new http.Agent({ keepAlive: true });
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${api}/${path}`, { agent, method }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve([response.headers, Buffer.concat(parts).toString()]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

for (;;) {
  const [headers, event] = await ask("GET", "next");
  const answer = await handler(JSON.parse(event));
  await ask("POST", `${headers["lambda-runtime-aws-request-id"]}/response`, JSON.stringify(answer));
}

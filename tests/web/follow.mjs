// A program that uses the client: follows one course or several, prints each state and each applied event as a line of JSON.
import { client } from "../../web/sdk/index.js";

const { url, refreshToken, courseId, courseIds = [courseId], transports, firstToken } = JSON.parse(process.argv[2]);
const say = (name, what) => process.stdout.write(JSON.stringify([name, what]) + "\n");

let exchanges = 0;
/** Counts the exchanges of tokens; the first one answers with `firstToken`, if there is one. */
async function counting(input, init) {
  const response = await fetch(input, init);
  if (!String(input).endsWith("/auth/refresh")) return response;
  const body = await response.json();
  exchanges += 1;
  say("exchanged", exchanges);
  if (exchanges === 1 && firstToken) body.data.accessToken = firstToken;
  return Response.json(body, { status: response.status });
}

const { session, rest, connect } = client({ url, fetch: counting });
await session.restore(refreshToken);
session.onChange((user) => say("user", user?.id ?? null));
const live = connect({ transports });
live.onState((state) => say("state", state));
const follow = (courseId) => live.watch({
  courseId,
  load: async () => {
    const { data, asOf } = await rest.get("/announcements", { courseId });
    say("snapshot", data.map(({ title }) => title));
    return asOf;
  },
  apply: (name, event) => say("applied", [name, event.title, event._seq]),
  ended: (error) => say("ended", error.code),
});
courseIds.forEach(follow);
process.stdin.on("data", () => {}).on("end", () => process.exit(0));

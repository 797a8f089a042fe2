// A real socket.io-client: connects, watches a course, prints every event as one line of JSON.
import { io } from "socket.io-client";

const [url, token, courseId, resume] = process.argv.slice(2);
const socket = io(`${url}/announcements`, {
  transports: ["websocket"],
  auth: { token, ...(resume ? { resume: JSON.parse(resume) } : {}) },
  reconnectionDelay: 100,
});
const say = (name, payload) => process.stdout.write(JSON.stringify([name, payload]) + "\n");

socket.on("connect", async () => say("watching", await socket.emitWithAck("course.watch", { courseId })));
socket.on("connect_error", (error) => say("connect_error", { message: error.message, data: error.data }));
socket.on("disconnect", (reason) => say("disconnect", reason));
socket.onAny((name, payload) => say(name, payload));
process.stdin.on("data", () => {}).on("end", () => process.exit(0));

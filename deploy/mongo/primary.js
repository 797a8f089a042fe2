// The health check of the database in docker-compose.yml, run by mongosh on the database's own machine: well when it
// is a primary that knows its users. The first looks make it so: a replica set of one, then the two users. MongoDB
// allows this without a password from the same machine, as long as there is no user.
const fs = require("fs");

const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();
const admin = db.getSiblingDB("admin");

function isSignedIn() {
  try {
    return admin.auth("root", secret("mongo_root_password")).ok === 1;
  } catch (error) {
    return false;
  }
}

const hello = admin.hello();
if (!hello.setName) {
  rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] });
  quit(1);
}
if (!hello.isWritablePrimary) {
  quit(1);
}
if (!isSignedIn()) {
  admin.createUser({ user: "root", pwd: secret("mongo_root_password"), roles: ["root"] });
  if (!isSignedIn()) {
    quit(1);
  }
}
if (!admin.getUser("coursewire")) {
  admin.createUser({
    user: "coursewire",
    pwd: secret("mongo_password"),
    roles: [{ role: "readWrite", db: "coursewire" }],
  });
}

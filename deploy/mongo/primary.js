// The health check of the database in docker-compose.yml, run by mongosh on the database's own machine: well when it
// is a primary that knows its users. The first looks make it so: a replica set of one, then the users. MongoDB
// allows this without a password from the same machine, as long as there is no user.
const crypto = require("crypto");
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

// The rights of our two users stand in roles.json; a new version may change them. `customData` says which they have.
const text = fs.readFileSync("/opt/roles.json", "utf8");
const version = crypto.createHash("sha256").update(text).digest("hex");
for (const [name, rights] of Object.entries(JSON.parse(text))) {
  const role = { privileges: rights.privileges, roles: [] };
  const user = { roles: [{ role: name, db: "admin" }], customData: { version } };
  if (!admin.getRole(name)) {
    admin.createRole({ role: name, ...role });
  }
  if (!admin.getUser(rights.user)) {
    admin.createUser({ user: rights.user, pwd: secret(rights.password), ...user });
  } else if (admin.getUser(rights.user).customData?.version !== version) {
    admin.updateRole(name, role);
    admin.updateUser(rights.user, user);
  }
}

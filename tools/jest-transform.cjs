const { createHash } = require("node:crypto");
const { transform, fingerprint } = require("./typescript.cjs");

module.exports = {
  process: (source, file) => ({ code: transform(source, file) }),
  getCacheKey: (source, file) =>
    createHash("sha256").update(fingerprint).update(file).update("\0").update(source).digest("hex"),
};

// Lets Node load this project's TypeScript, and a user's own pipeline file, with no build step.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
const cacheDir = path.join(os.tmpdir(), `sluice-transpiled-${os.userInfo().uid}`);
const version = fs.readFileSync(path.join(__dirname, "typescript.cjs"));

process.setSourceMapsEnabled(true);
Module.enableCompileCache?.();

Module._extensions[".ts"] = (module, file) => {
  module._compile(transpiled(fs.readFileSync(file, "utf8"), file), file);
};

const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveWithSluice(request, parent, ...rest) {
  if (request === "sluice") return path.join(root, "shared", "index.ts");
  try {
    return resolve.call(this, request, parent, ...rest);
  } catch (error) {
    // A pipeline outside this folder uses our copy of zod unless it has its own.
    if (request !== "zod") throw error;
    return resolve.call(this, request, { ...parent, id: root, filename: __filename, paths: module.paths }, ...rest);
  }
};

function transpiled(source, file) {
  const key = createHash("sha256").update(version).update(file).update("\0").update(source).digest("hex").slice(0, 32);
  const cached = path.join(cacheDir, `${key}.js`);
  try {
    return fs.readFileSync(cached, "utf8");
  } catch {
    const code = require("./typescript.cjs").transform(source, file);
    save(cached, code);
    return code;
  }
}

// The cache is a convenience: a read-only or full disk must not stop the program.
function save(file, code) {
  try {
    fs.mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    const partial = `${file}.${process.pid}`;
    fs.writeFileSync(partial, code, { mode: 0o600 });
    fs.renameSync(partial, file);
  } catch {}
}

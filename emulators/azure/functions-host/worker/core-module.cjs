/** The module `@azure/functions-core`, which only exists inside a worker: how the app's @azure/functions gets hold of it. */
const Module = require("node:module");

const HOOKS = ["preInvocation", "postInvocation", "appStart", "appTerminate", "log"];

/** What the app has told the worker. */
const app = {
  functions: new Map(),
  hooks: Object.fromEntries(HOOKS.map((name) => [name, []])),
  programmingModel: undefined,
  appHookData: {},
  appLevelOnlyHookData: {},
  hasStarted: false,
};

class Disposable {
  constructor(dispose) {
    this.dispose = dispose;
  }

  static from(...disposables) {
    return new Disposable(() => {
      for (const one of disposables) one?.dispose?.();
    });
  }
}

function registerFunction(metadata, callback) {
  if (app.hasStarted) throw new Error("A function can only be registered during app startup.");
  const functionId = metadata.functionId ?? metadata.name;
  app.functions.set(functionId, { metadata: { ...metadata, functionId }, callback });
  return new Disposable(() => app.functions.delete(functionId));
}

function registerHook(name, callback) {
  const hooks = app.hooks[name];
  if (!hooks) throw new RangeError(`Unrecognized hook "${name}"`);
  hooks.push(callback);
  return new Disposable(() => hooks.splice(hooks.indexOf(callback), 1));
}

/** One after the other; the first that throws ends what it belongs to. */
async function executeHooks(name, context) {
  for (const hook of app.hooks[name]) await hook(context);
}

/** What the app says goes to standard output; what the libraries say about themselves only if something is wrong. */
function log(level, category, message) {
  const isLoud = level === "warning" || level === "error" || level === "critical";
  if (category === "user" || isLoud) process.stdout.write(`${message}\n`);
}

const core = {
  version: "3.16.0",
  hostVersion: "4.1053.0",
  registerFunction,
  registerHook,
  setProgrammingModel: (model) => {
    app.programmingModel = model;
  },
  getProgrammingModel: () => app.programmingModel,
  log,
  Disposable,
};

/** As setupCoreModule.ts of the real worker does it: no file of that name is ever looked for. */
function installCoreModule() {
  const { require } = Module.prototype;
  Module.prototype.require = function (id) {
    return id === "@azure/functions-core" ? core : Reflect.apply(require, this, [id]);
  };
}

module.exports = { app, executeHooks, installCoreModule, log };

// The arrows of the house point one way: cli and functions -> adapters -> shared. A change that turns one round fails here.
const folder = (name) => `^${name}/`;

module.exports = {
  forbidden: [
    rule("shared-is-pure", folder("shared"), ["^(adapters|functions|cli|infra|emulators|examples|tests|bench|tools)/"]),
    rule("shared-does-no-io", folder("shared"), [
      "^(node:)?(fs|net|http|https|child_process|worker_threads|crypto|os|sqlite|timers)(/|$)",
    ]),
    rule("shared-imports-zod-alone", folder("shared"), ["node_modules/(?!zod/)"]),
    rule("adapters-know-only-shared", folder("adapters"), ["^(functions|cli|infra|emulators|examples|tests|bench)/"]),
    rule("functions-are-thin", folder("functions"), ["^(cli|infra|emulators|examples|tests|bench)/"]),
    rule("infra-knows-no-cli", folder("infra"), ["^(cli|emulators|examples|tests|bench)/"]),
    rule("emulators-know-no-adapters", folder("emulators"), ["^(adapters|functions|cli|infra|examples|tests|bench)/"]),
    rule("cli-knows-no-tests", folder("cli"), ["^(infra|tests|bench)/"]),
    rule("examples-use-the-public-door", folder("examples"), ["^(adapters|functions|cli|infra|tests|bench)/"]),
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
  },
};

function rule(name, from, paths) {
  return { name, severity: "error", from: { path: from }, to: { path: paths } };
}

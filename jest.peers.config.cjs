const base = require("./jest.config.cjs");

/** What runs against other people's emulators: started by tests/peers/main.ts, which says where they are. */
module.exports = { ...base, roots: ["<rootDir>/tests/peers"], testMatch: ["**/*.peer.ts"], maxWorkers: 1 };

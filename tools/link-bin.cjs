// Puts `sluice` beside the other commands in node_modules/.bin, so that `npx sluice` works in a checkout. npm links the
// commands of dependencies only. Without it there is still `npm run sluice -- ...`, so a failure is no reason to stop.
const fs = require("node:fs");
const path = require("node:path");

const bin = path.join(__dirname, "..", "node_modules", ".bin");
const link = path.join(bin, "sluice");
try {
  fs.rmSync(link, { force: true });
  if (process.platform === "win32") fs.writeFileSync(`${link}.cmd`, '@node "%~dp0..\\..\\cli\\sluice.cjs" %*\r\n');
  else fs.symlinkSync(path.join("..", "..", "cli", "sluice.cjs"), link);
} catch (error) {
  console.warn(`npx sluice will not work here (${error.code}); use npm run sluice -- instead.`);
}

// Ends the process when whoever started it is gone: standard input is a pipe from there, and nobody writes to it.
process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));
process.stdin.resume();
process.stdin.unref();

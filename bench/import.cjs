// A real import(): our TypeScript turns its own into require, which packages for import alone refuse.
module.exports = (name) => import(name);

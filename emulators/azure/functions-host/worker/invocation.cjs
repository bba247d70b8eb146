/** One invocation, by way of the app's own programming model: InvocationHandler.ts of the real worker. */
const { app, executeHooks, log } = require("./core-module.cjs");

async function invoke(request) {
  const found = app.functions.get(request.functionId);
  if (!found) throw new Error(`Function code for '${request.functionId}' is not loaded and cannot be invoked.`);
  const core = {
    invocationId: request.invocationId,
    request,
    metadata: found.metadata,
    state: undefined,
    log: (level, category, message) => log(level, category, message),
  };
  const during = async (state, run) => {
    core.state = state;
    try {
      return await run();
    } finally {
      core.state = undefined;
    }
  };
  const model = await app.programmingModel.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();

  const shared = { hookData: {}, appHookData: app.appHookData, invocationContext: context };
  const before = { ...shared, functionCallback: found.callback, inputs };
  await during("preInvocationHooks", () => executeHooks("preInvocation", before));
  const after = { ...shared, inputs: before.inputs, result: null, error: null };
  try {
    after.result = await during("invocation", () =>
      model.invokeFunction(context, before.inputs, before.functionCallback),
    );
  } catch (thrown) {
    after.error = thrown ?? new Error("Unknown error");
  }
  await during("postInvocationHooks", () => executeHooks("postInvocation", after));
  if (after.error !== null && after.error !== undefined) throw after.error;
  await model.getResponse(context, after.result);
}

module.exports = { invoke };

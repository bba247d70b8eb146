/**
 * In the bundle this stands in for the SDK's log of every call. Nobody reads it, and the SDK makes a censored copy of each
 * request and answer for it even so.
 */
export const getLoggerPlugin = () => ({ applyToStack: () => {} });

/** The package hands these on; nothing uses them. */
export const loggerMiddleware = () => (next: unknown) => next;
export const loggerMiddlewareOptions = {};

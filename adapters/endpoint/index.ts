/**
 * The protocol between a pipeline and its model behind an endpoint, the same on every cloud.
 * @module
 */
export * from "./errors";
export { createEndpointInfer, DEFAULT_MAX_ROWS, type EndpointInferOptions } from "./infer";
export { decodeJsonRequest, encodeJsonResponse } from "./json";
export { refusedBy } from "./own-words";
export { decodeRequest, encodeRequest, isBinaryRequest, REQUEST_TYPE } from "./request";
export { type Answer, decodeResponse, encodeResponse, RESPONSE_TYPE } from "./response";

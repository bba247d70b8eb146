import type { IncomingMessage, ServerResponse } from "node:http";
import { element, xml } from "./xml";

/** An answer of S3 that is an error: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export class S3Fault extends Error {
  readonly code: string;
  readonly status: number;
  readonly resource: string;

  constructor(code: string, status: number, message: string, resource: string) {
    super(message);
    this.name = "S3Fault";
    this.code = code;
    this.status = status;
    this.resource = resource;
  }
}

export function notImplemented(resource: string): S3Fault {
  return new S3Fault(
    "NotImplemented",
    501,
    "A header or query you provided implies functionality that is not implemented.",
    resource,
  );
}

export function sendFault(request: IncomingMessage, response: ServerResponse, fault: S3Fault): void {
  response.statusCode = fault.status;
  // An answer to HEAD has no body: the client knows the status only, as with the service.
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  response
    .setHeader("content-type", "application/xml")
    .end(
      xml("Error", [
        element("Code", fault.code),
        element("Message", fault.message),
        element("Resource", fault.resource),
        element("RequestId", String(response.getHeader("x-amz-request-id"))),
      ]),
    );
}

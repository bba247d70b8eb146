import { readFileSync } from "node:fs";
import path from "node:path";
import type { handleServerStreamingCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { asRpcError, type GrpcOptions, unary as unaryHandler } from "../../grpc";
import { toGrpcForm, toJsonForm } from "./grpc-form";
import type { Operations, Request } from "./operations";
import { checkSize } from "./rest";

const SERVICE = "google.firestore.v1.Firestore";
/** The official client, which only those have who test against it, ships the protos. */
const PACKAGE = "@google-cloud/firestore/package.json";
const PROTOS = "build/protos/v1.json";

interface Received {
  bytes: number;
  request: Request;
}

/** The gRPC side of the API; nothing, so that each method answers UNIMPLEMENTED, where the official client is not installed. */
export function grpcServices({ unary, streaming }: Operations): GrpcOptions["services"] {
  const protos = findProtos();
  if (protos === undefined) return [];
  const implementation: UntypedServiceImplementation = {};
  for (const [name, operation] of Object.entries(unary))
    implementation[name] = unaryHandler((received: Received) => operation(checked(received)));
  for (const [name, operation] of Object.entries(streaming)) implementation[name] = streamHandler(operation);
  return [{ definition: lazyDefinition(protos, Object.keys(unary), Object.keys(streaming)), implementation }];
}

function streamHandler(operation: (request: Request) => object[]): handleServerStreamingCall<Received, object> {
  return (call) => {
    try {
      for (const answer of operation(checked(call.request))) call.write(answer);
      call.end();
    } catch (thrown) {
      call.emit("error", asRpcError(thrown));
    }
  };
}

function checked({ bytes, request }: Received): Request {
  checkSize(bytes);
  return request;
}

/** The service as grpc-js wants it. The protos are read when the first message comes: to load them takes longer than all else. */
function lazyDefinition(protos: string, unary: readonly string[], streaming: readonly string[]): ServiceDefinition {
  let loaded: ServiceDefinition | undefined;
  const method = (name: string) => {
    loaded ??= load(protos);
    return loaded[name]!;
  };
  const entry = (name: string, responseStream: boolean) => {
    const original = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return {
      path: `/${SERVICE}/${original}`,
      originalName: name,
      requestStream: false,
      responseStream,
      requestSerialize: (request: object) => method(original).requestSerialize(request),
      requestDeserialize: (bytes: Buffer): Received => ({
        bytes: bytes.length,
        request: toJsonForm(method(original).requestDeserialize(bytes)) as Request,
      }),
      responseSerialize: (response: object) => method(original).responseSerialize(toGrpcForm(response)),
      responseDeserialize: (bytes: Buffer) => method(original).responseDeserialize(bytes),
    };
  };
  return Object.fromEntries([
    ...unary.map((name) => [name, entry(name, false)]),
    ...streaming.map((name) => [name, entry(name, true)]),
  ]);
}

function load(protos: string): ServiceDefinition {
  const { fromJSON } = require("@grpc/proto-loader") as typeof import("@grpc/proto-loader");
  // Text for bytes and for numbers of 64 bits: as JSON has them.
  const options = { longs: String, enums: String, bytes: String, defaults: false };
  return fromJSON(JSON.parse(readFileSync(protos, "utf8")), options)[SERVICE] as ServiceDefinition;
}

/** The file by its path: the package exports no more than its code. */
function findProtos(): string | undefined {
  try {
    return path.join(path.dirname(require.resolve(PACKAGE)), PROTOS);
  } catch {
    return undefined;
  }
}

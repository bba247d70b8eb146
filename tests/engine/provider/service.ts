import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { unary } from "../grpc";
import type { Failure } from "./check";
import type { PropertyChange } from "./diff";
import type { Provider } from "./provider";
import type { Properties } from "./values";

const { Kind } = messages.PropertyDiff;
const KINDS = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
} as const;

/** The provider protocol over a provider. Secrets and resource references arrive as plain values. */
export function providerService(provider: Provider, version: string): UntypedServiceImplementation {
  return {
    handshake: unary(() => new messages.ProviderHandshakeResponse()),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    attach: unary(() => new Empty()),

    checkConfig: unary((request: messages.CheckRequest) => {
      const failures = provider.checkConfig(read(request.getNews()));
      return new messages.CheckResponse().setInputs(request.getNews()).setFailuresList(failures.map(writeFailure));
    }),

    diffConfig: unary((request: messages.DiffRequest) => {
      const before = read(request.getOldInputs())["region"];
      const replaced = before !== read(request.getNews())["region"];
      return new messages.DiffResponse()
        .setReplacesList(replaced ? ["region"] : [])
        .setChanges(replaced ? CHANGES.DIFF_SOME : CHANGES.DIFF_NONE);
    }),

    configure: unary((request: messages.ConfigureRequest) => {
      provider.configure(read(request.getArgs()));
      return new messages.ConfigureResponse().setSupportspreview(true);
    }),

    check: unary((request: messages.CheckRequest) => {
      const urn = request.getUrn();
      const before = request.getOlds() && read(request.getOlds());
      const { inputs, failures } = provider.check(urn, typeOf(urn), before, read(request.getNews()));
      return new messages.CheckResponse().setInputs(write(inputs)).setFailuresList(failures.map(writeFailure));
    }),

    diff: unary((request: messages.DiffRequest) => {
      const before = read(request.getOldInputs());
      const { changes, deleteBeforeReplace } = provider.diff(reference(request), before, read(request.getNews()));
      const response = new messages.DiffResponse()
        .setChanges(changes.length > 0 ? CHANGES.DIFF_SOME : CHANGES.DIFF_NONE)
        .setDiffsList([...new Set(changes.map(topLevel))])
        .setReplacesList([...new Set(changes.filter((change) => change.replaces).map(topLevel))])
        .setDeletebeforereplace(deleteBeforeReplace)
        .setHasdetaileddiff(true);
      for (const { path, kind, replaces } of changes) {
        const detail = new messages.PropertyDiff().setKind(KINDS[kind][replaces ? 1 : 0]).setInputdiff(true);
        response.getDetaileddiffMap().set(path, detail);
      }
      return response;
    }),

    create: unary(async (request: messages.CreateRequest) => {
      const urn = request.getUrn();
      const preview = request.getPreview();
      const { id, outputs } = await provider.create(urn, typeOf(urn), read(request.getProperties()), preview);
      return new messages.CreateResponse().setId(id).setProperties(write(outputs));
    }),

    read: unary((request: messages.ReadRequest) => {
      const found = provider.read(reference(request));
      const response = new messages.ReadResponse();
      return found
        ? response.setId(found.id).setInputs(write(found.inputs)).setProperties(write(found.outputs))
        : response;
    }),

    update: unary((request: messages.UpdateRequest) => {
      const resource = reference(request);
      const before = { id: resource.id, inputs: read(request.getOldInputs()), outputs: read(request.getOlds()) };
      const outputs = provider.update(resource, before, read(request.getNews()), request.getPreview());
      return new messages.UpdateResponse().setProperties(write(outputs));
    }),

    delete: unary((request: messages.DeleteRequest) => {
      provider.delete(reference(request));
      return new Empty();
    }),

    invoke: unary((request: messages.InvokeRequest) => {
      const answer = provider.invoke(request.getTok(), read(request.getArgs()));
      return new messages.InvokeResponse().setReturn(write(answer));
    }),

    cancel: unary(() => new Empty()),
  };
}

const CHANGES = messages.DiffResponse.DiffChanges;

/** A URN's own type: the last of the types that lead to the resource. */
function typeOf(urn: string): string {
  return urn.split("::")[2]!.split("$").pop()!;
}

function reference(request: { getUrn(): string; getId(): string }) {
  return { urn: request.getUrn(), type: typeOf(request.getUrn()), id: request.getId() };
}

function topLevel({ path }: PropertyChange): string {
  return path.split(/[.[]/)[0]!;
}

function writeFailure({ property, reason }: Failure): messages.CheckFailure {
  return new messages.CheckFailure().setProperty(property).setReason(reason);
}

function read(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

function write(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

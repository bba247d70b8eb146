import type { Container } from "./container";

/** The one physical partition of every container, so that a query runs on it as it is. */
const RANGE = { id: "0", minInclusive: "", maxExclusive: "FF" };

/** What the official clients read before they do anything: https://learn.microsoft.com/rest/api/cosmos-db/ */
export function accountResource(url: string): object {
  const locations = [{ name: "local", databaseAccountEndpoint: url }];
  return {
    _self: "",
    id: "localhost",
    _rid: "localhost",
    media: "//media/",
    addresses: "//addresses/",
    _dbs: "//dbs/",
    writableLocations: locations,
    readableLocations: locations,
    enableMultipleWriteLocations: false,
    userReplicationPolicy: { asyncReplication: false, minReplicaSetSize: 1, maxReplicasetSize: 4 },
    userConsistencyPolicy: { defaultConsistencyLevel: "Session" },
    systemReplicationPolicy: { minReplicaSetSize: 1, maxReplicasetSize: 4 },
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: "{}",
  };
}

export function databaseResource(id: string): object {
  return { id, _rid: "AAAAAQ==", _self: "dbs/AAAAAQ==/", _etag: '"0"', _colls: "colls/", _users: "users/", _ts: 0 };
}

export function containerResource({ id, rid, partitionKey, defaultTtl }: Container): object {
  return {
    id,
    partitionKey: { paths: [partitionKey], kind: "Hash", version: 2 },
    indexingPolicy: { indexingMode: "consistent", automatic: true, includedPaths: [{ path: "/*" }], excludedPaths: [] },
    ...(defaultTtl === undefined ? {} : { defaultTtl }),
    _rid: rid,
    _self: `dbs/AAAAAQ==/colls/${rid}/`,
    _etag: '"0"',
    _docs: "docs/",
    _ts: 0,
  };
}

export function rangesResource({ rid }: Container): object {
  const range = { ...RANGE, _rid: rid, ridPrefix: 0, throughputFraction: 1, status: "online", parents: [] };
  return { _rid: rid, PartitionKeyRanges: [range], _count: 1 };
}

/** How to run a query: on the one partition, with nothing left to do for the client. */
export function queryPlan(): object {
  return {
    partitionedQueryExecutionInfoVersion: 2,
    queryInfo: {
      distinctType: "None",
      orderBy: [],
      orderByExpressions: [],
      groupByExpressions: [],
      groupByAliases: [],
      aggregates: [],
      groupByAliasToAggregateType: {},
      rewrittenQuery: "",
      hasSelectValue: false,
    },
    queryRanges: [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
  };
}

/** Whether a request may name this range. */
export function isRange(id: string): boolean {
  return id === RANGE.id;
}

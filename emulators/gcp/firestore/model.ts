/** The API's messages in their JSON form, as far as they are understood: https://cloud.google.com/firestore/docs/reference/rest/v1/Value */

/** Exactly one of these is there. */
export interface Value {
  nullValue?: null | "NULL_VALUE";
  booleanValue?: boolean;
  /** Decimal digits. */
  integerValue?: string | number;
  /** Text for what JSON has no number for: `NaN`, `Infinity`, `-Infinity`. */
  doubleValue?: number | string;
  /** RFC 3339. */
  timestampValue?: string;
  stringValue?: string;
  /** Base64. */
  bytesValue?: string;
  /** Name of a document. */
  referenceValue?: string;
  geoPointValue?: { latitude?: number; longitude?: number };
  arrayValue?: { values?: Value[] };
  mapValue?: { fields?: Fields };
}

export type Kind = keyof Value;
export type Fields = Record<string, Value>;

export interface Document {
  name: string;
  fields: Fields;
  createTime: string;
  updateTime: string;
}

export interface Precondition {
  exists?: boolean;
  updateTime?: string;
}

export interface FieldTransform {
  fieldPath: string;
  setToServerValue?: "REQUEST_TIME" | "SERVER_VALUE_UNSPECIFIED";
  increment?: Value;
  maximum?: Value;
  minimum?: Value;
  appendMissingElements?: { values?: Value[] };
  removeAllFromArray?: { values?: Value[] };
}

export interface Mask {
  fieldPaths?: string[];
}

export interface Write {
  update?: { name: string; fields?: Fields };
  delete?: string;
  updateMask?: Mask;
  updateTransforms?: FieldTransform[];
  currentDocument?: Precondition;
}

export interface WriteResult {
  /** Of a document that is still there. */
  updateTime?: string;
  transformResults?: Value[];
}

interface FieldReference {
  fieldPath: string;
}

export interface Filter {
  compositeFilter?: { op: string; filters?: Filter[] };
  fieldFilter?: { field: FieldReference; op: string; value: Value };
  unaryFilter?: { field: FieldReference; op: string };
}

export interface Order {
  field: FieldReference;
  direction?: string;
}

export interface Cursor {
  values?: Value[];
  before?: boolean;
}

export interface StructuredQuery {
  select?: { fields?: FieldReference[] };
  from?: { collectionId?: string; allDescendants?: boolean }[];
  where?: Filter;
  orderBy?: Order[];
  startAt?: Cursor;
  endAt?: Cursor;
  offset?: number;
  limit?: number;
}

export interface Aggregation {
  alias?: string;
  count?: { upTo?: string | number };
  sum?: { field: FieldReference };
  avg?: { field: FieldReference };
}

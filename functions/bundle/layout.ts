/** The model beside a function's code. */
export const MODEL_FILE = "model.onnx";

/** The major version of Node that a function runs on, unless its cloud says otherwise. */
export const NODE = "24";

/** The model beside a function's code. */
export const MODEL_FILE = "model.onnx";

/** Inference on this machine is the in-process ONNX runtime that the clouds' functions use as well. */
export { onnxInfer as localInfer } from "../onnx";

"""Writes mlp16.onnx, the model of the benchmarks: 16 features, two hidden layers of 32 and 16, one score.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install -r requirements.txt && /tmp/bench/bin/python make_model.py

Its answers mean nothing; it stands for the small models that are scored per event.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

random = np.random.default_rng(7)
sizes = [16, 32, 16, 1]
nodes, constants, current = [], [], "features"
for i, (wide, narrow) in enumerate(zip(sizes, sizes[1:])):
    weights = random.normal(0, 1 / np.sqrt(wide), (wide, narrow)).astype(np.float32)
    constants += [
        numpy_helper.from_array(weights, f"w{i}"),
        numpy_helper.from_array(np.zeros(narrow, np.float32), f"b{i}"),
    ]
    last = i == len(sizes) - 2
    nodes += [
        helper.make_node("Gemm", [current, f"w{i}", f"b{i}"], [f"z{i}"]),
        helper.make_node("Sigmoid" if last else "Relu", [f"z{i}"], ["score" if last else f"a{i}"]),
    ]
    current = f"a{i}"

graph = helper.make_graph(
    nodes,
    "mlp16",
    [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", 16])],
    [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["rows", 1])],
    initializer=constants,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="sluice-bench")
checker.check_model(model)
save(model, Path(__file__).parent / "mlp16.onnx")

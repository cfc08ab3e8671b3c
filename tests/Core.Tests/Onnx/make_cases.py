"""Adds backend tests of ONNX to cases.json.gz: those of windows, groups and the activations and norms below.

python3 make_cases.py CHECKOUT cases.json.gz     with numpy 1.24 and a checkout of github.com/onnx/onnx, which need not be installed

The node tests are Python that computes inputs and outputs; the little that they import of onnx is stood in for. The tests converted from
PyTorch are protocol buffers, of which a few fields are read. Cases of the same name in the file are replaced; others stay.
"""

import gzip
import importlib.util
import json
import struct
import sys
import types
from pathlib import Path

import numpy as np

NODE_FILES = [
    "averagepool", "conv", "gelu", "globalmaxpool", "hardswish", "maxpool", "mish", "prelu", "rmsnormalization", "softplus"]
CONVERTED = ["AvgPool1d", "Conv1d", "Conv2d", "MaxPool1d", "MaxPool2d", "PReLU", "Softplus"]
INPUTS = {"Conv": ["X", "W", "B"], "PRelu": ["X", "slope"], "RMSNormalization": ["X", "scale"]}
MOST_NUMBERS = 1_000
KEPT = ["2d_same_upper", "2d_same_lower"]   # larger, but the only ones of their kind


def why_not(name, op, config, inputs):
    """Why a case has no counterpart, or None."""
    x = inputs[0]
    if x.dtype != np.float32:
        return str(x.dtype)
    if "kernel_shape" in config and len(config["kernel_shape"]) > 2:
        return "3-D"
    if "kernel_shape" in config and np.prod(x.shape[2:]) == 1 and np.prod(config["kernel_shape"]) > 1:
        return "a window over one pixel, which is taken for a lost shape"
    if op == "PRelu" and inputs[1].size not in (1, x.shape[1]):
        return "PRelu with a slope per value or column"
    if sum(array.size for array in inputs) > MOST_NUMBERS and not any(name.endswith(kind) for kind in KEPT):
        return "size"
    return None


def explicit_pads(config, shape):
    """Attributes as Conv and pools need them all, with SAME_UPPER and SAME_LOWER worked out."""
    kernel = config["kernel_shape"]
    n = len(kernel)
    config.setdefault("strides", [1] * n)
    dilations = config.get("dilations", [1] * n)
    auto = config.pop("auto_pad", "NOTSET")
    pads = list(config.get("pads") or [0] * (2 * n))
    if auto.startswith("SAME"):
        for i in range(n):
            length, stride = shape[2 + i], config["strides"][i]
            total = max(0, (-(-length // stride) - 1) * stride + (kernel[i] - 1) * dilations[i] + 1 - length)
            small, large = total // 2, total - total // 2
            pads[i], pads[n + i] = (small, large) if auto == "SAME_UPPER" else (large, small)
    config["pads"] = pads


def tensor(array):
    return {"shape": list(array.shape), "data": [number(value) for value in array.ravel()]}


def number(value):
    value = float(str(value))   # the shortest decimal that gives the float32 back
    return int(value) if value == int(value) else value


class Collector:
    def __init__(self):
        self.cases, self.left_out = {}, {}

    def add(self, name, op, attributes, inputs, outputs):
        config = {"op": op, **{key: plain(value) for key, value in attributes.items()}}
        reason = why_not(name, op, config, inputs)
        if reason:
            self.left_out[name] = reason
            return
        if "kernel_shape" in config:
            explicit_pads(config, inputs[0].shape)
        names = INPUTS.get(op, ["X"])
        self.cases[name] = {
            "name": name,
            "config": config,
            "inputs": {key: tensor(array) for key, array in zip(names, inputs)},
            "expected": {"Y": tensor(np.asarray(outputs[0], dtype=np.float32))},
        }


def plain(value):
    if isinstance(value, (list, tuple)):
        return [int(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def node_tests(checkout, collector):
    def expect(node, inputs, outputs, name, **_):
        collector.add("node/" + name.removeprefix("test_"), node.op, node.attributes, [np.asarray(i) for i in inputs], outputs)

    def make_node(op, inputs, outputs, **attributes):
        return types.SimpleNamespace(op=op, attributes=attributes)

    def module(name, **members):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
        return sys.modules[name]

    def load(name, path):
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
        return sys.modules[name]

    onnx = module("onnx")
    onnx.helper = module("onnx.helper", make_node=make_node)
    for package in ["onnx.backend", "onnx.backend.test", "onnx.backend.test.case", "onnx.reference", "onnx.reference.ops"]:
        module(package)
    module("onnx.backend.test.case.base", Base=object)
    module("onnx.backend.test.case.node", expect=expect)
    module("onnx.reference.op_run", OpRun=object)
    for used in ["op_pool_common", "op_rms_normalization"]:
        load("onnx.reference.ops." + used, checkout / "onnx/reference/ops" / (used + ".py"))
    for name in NODE_FILES:
        loaded = load("case_" + name, checkout / "onnx/backend/test/case/node" / (name + ".py"))
        for kind in [kind for kind in vars(loaded).values() if isinstance(kind, type) and kind.__module__ == loaded.__name__]:
            for export in [member for key, member in vars(kind).items() if key.startswith("export")]:
                np.random.seed(0)
                export.__func__()


def fields(message):
    """(number, value) of every field of a protocol buffer; sub-messages and packed numbers as bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        number_, wire = key >> 3, key & 7
        if wire == 0:
            yield number_, varint()
            continue
        length = {1: 8, 5: 4}.get(wire) or varint()
        yield number_, message[at:at + length]
        at += length


def ints(found, number_):
    """A repeated integer, one by one or packed."""
    values = []
    for key, value in found:
        if key == number_ and isinstance(value, int):
            values.append(value)
        elif key == number_:
            values += [item for _, item in fields(b"".join(bytes([8]) + part for part in varints(value)))]
    return values


def varints(packed):
    start = 0
    for at, byte in enumerate(packed):
        if byte < 128:
            yield packed[start:at + 1]
            start = at + 1


def read_tensor(message):
    found = list(fields(message))
    members = dict(found)
    raw = members.get(9) or b"".join(value for key, value in found if key == 4)
    assert members[2] == 1, "float32"
    return members.get(8, b"").decode(), np.frombuffer(raw, dtype="<f4").reshape(ints(found, 1))


def read_attribute(message):
    found = list(fields(message))
    members = dict(found)
    if 8 in members:
        return members[1].decode(), ints(found, 8)
    if 2 in members and isinstance(members[2], bytes):
        return members[1].decode(), struct.unpack("<f", members[2])[0]
    return members[1].decode(), members.get(3, members.get(4))


def converted_tests(checkout, collector):
    for folder in sorted((checkout / "onnx/backend/test/data/pytorch-converted").glob("test_*")):
        name = folder.name.removeprefix("test_")
        if not any(name.startswith(kind) for kind in CONVERTED):
            continue
        graph = list(fields(dict(fields((folder / "model.onnx").read_bytes()))[7]))
        nodes = [list(fields(value)) for key, value in graph if key == 1]
        if len(nodes) != 1:
            collector.left_out["pytorch-converted/" + name] = "more than one node"
            continue
        known = dict(read_tensor(value) for key, value in graph if key == 5)
        data = folder / "test_data_set_0"
        _, x = read_tensor((data / "input_0.pb").read_bytes())
        _, y = read_tensor((data / "output_0.pb").read_bytes())
        inputs = [known.get(value.decode(), x) for key, value in nodes[0] if key == 1]
        attributes = dict(read_attribute(value) for key, value in nodes[0] if key == 5)
        collector.add("pytorch-converted/" + name, dict(nodes[0])[4].decode(), attributes, inputs, [y])


def main():
    checkout, path = Path(sys.argv[1]), Path(sys.argv[2])
    file = json.loads(gzip.decompress(path.read_bytes()))
    collector = Collector()
    node_tests(checkout, collector)
    converted_tests(checkout, collector)
    cases = {case["name"]: case for case in file["cases"]} | collector.cases
    left_out = {case["name"]: case["reason"] for case in file["left_out"]} | collector.left_out
    file["cases"] = [cases[name] for name in sorted(cases)]
    file["left_out"] = [{"name": name, "reason": left_out[name]} for name in sorted(left_out) if name not in cases]
    text = json.dumps(file, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(len(file["cases"]), "cases,", len(file["left_out"]), "left out")


main()

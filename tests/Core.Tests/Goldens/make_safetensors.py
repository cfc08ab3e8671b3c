"""Writes networks of PyTorch as files, and what they compute, beside this file: python3 make_safetensors.py

Numbers are float32 unless said; outputs are computed from them in float64, so that a difference is our rounding alone.
Images of safetensors.json are stored channels last, as ours are.
"""
import json
import pathlib
import platform
import struct

import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
TYPES = {torch.float64: ("F64", 8), torch.float32: ("F32", 4), torch.float16: ("F16", 2), torch.bfloat16: ("BF16", 2), torch.int64: ("I64", 8)}
# In this order does the safetensors library write, the last first.
ORDER = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64]

torch.manual_seed(20)


def save(name, tensors):
    """As safetensors.torch.save_file(tensors, name)."""
    header, data = {}, b""
    for key, tensor in sorted(tensors.items(), key=lambda item: (-ORDER.index(item[1].dtype), item[0])):
        dtype, _ = TYPES[tensor.dtype]
        raw = bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).tolist()) if tensor.dim() else struct.pack("<q", tensor.item())
        header[key] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (HERE / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


class Residual(nn.Module):
    def __init__(self, inner, shortcut=nn.Sequential()):
        super().__init__()
        self.inner, self.shortcut = inner, shortcut

    def forward(self, x):
        return self.inner(x) + self.shortcut(x)


class Concat(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return torch.cat([self.inner(x), x], dim=1)


def network(name, model, shape):
    """Randomizes what starts at 0 or 1, lets batch norm see some batches, saves, and gives inputs and outputs."""
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    for _ in range(3):
        model(torch.randn(16, *shape) * 2 + 1)
    model.eval()
    save(name + ".safetensors", model.state_dict())
    x = torch.randn(4, *shape)
    y = model.double()(x.double())
    return {name + "_x": flat(x.movedim(1, -1)), name + "_y": flat(y)}


values = network("mlp", nn.Sequential(
    nn.Linear(5, 6, bias=False), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(6, 4, bias=False), nn.BatchNorm1d(4), nn.Tanh(),
    nn.Linear(4, 3)), (5,))
values |= network("mlp-bias", nn.Sequential(
    nn.Linear(5, 6), nn.BatchNorm1d(6), nn.ReLU(),
    nn.Linear(6, 3)), (5,))
values |= network("cnn", nn.Sequential(
    nn.Conv2d(2, 3, (3, 2), padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3 * 3 * 3, 4, bias=False), nn.BatchNorm1d(4), nn.ReLU(),
    nn.Linear(4, 3)), (2, 6, 5))
values |= network("blocks", nn.Sequential(
    nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.SiLU(),
    Residual(nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 1))),
    Residual(nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(6)),
             nn.Sequential(nn.Conv2d(4, 6, 1, stride=2, bias=False), nn.BatchNorm2d(6))),
    nn.LayerNorm([6, 2, 3]), nn.InstanceNorm2d(6, affine=True),
    Concat(nn.Sequential(nn.Conv2d(6, 2, 1), nn.ReLU())),
    nn.Flatten(), nn.BatchNorm1d(48), nn.LayerNorm(48),
    Concat(nn.Sequential(nn.Linear(48, 5), nn.ReLU())),
    nn.Linear(53, 3)), (2, 6, 7))
values |= network("global", nn.Sequential(
    nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4, affine=False), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
    nn.Flatten(), nn.Linear(4, 3)), (2, 6, 5))

first, second = nn.Linear(3, 4), nn.Linear(4, 2)
tensors = {"0.weight": first.weight.half(), "0.bias": first.bias.bfloat16(),
           "1.weight": second.weight.double() / 3, "1.bias": second.bias}
save("types.safetensors", tensors)
x = torch.randn(4, 3)
wide = {key: tensor.double() for key, tensor in tensors.items()}
y = (x.double() @ wide["0.weight"].T + wide["0.bias"]) @ wide["1.weight"].T + wide["1.bias"]
values |= {"types_x": flat(x), "types_y": flat(y)} | {"types_" + key: flat(tensor) for key, tensor in wide.items()}

origin = {"torch": torch.__version__, "python": platform.python_version()}
lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in {"origin": origin, **values}.items()]
(HERE / "safetensors.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

"""Writes the golden values beside this file: python3 make_goldens.py

Inputs are float32 numbers; everything is computed from them in float64, so that a difference is our rounding alone.
Weights of linear layers are stored [inputs, outputs], the transpose of PyTorch's.
"""
import json
import pathlib
import platform

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
torch.manual_seed(20)
torch.set_default_dtype(torch.float64)


def rand(*shape, scale=1.0, shift=0.0):
    return (torch.randn(*shape, dtype=torch.float32) * scale + shift).float().double()


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def write(name, values):
    origin = {"torch": torch.__version__, "python": platform.python_version()}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in {"origin": origin, **values}.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def batch_norm():
    rows, channels = 7, 5
    gamma, beta = rand(channels), rand(channels)
    batches = [rand(rows, channels, scale=2.0, shift=3.0) for _ in range(2)]
    upstream = rand(rows, channels)
    values = {"rows": rows, "channels": channels, "gamma": flat(gamma), "beta": flat(beta), "momentum": 0.3, "epsilon": 1e-3,
              "batch1": flat(batches[0]), "batch2": flat(batches[1]), "upstream": flat(upstream)}
    for key, momentum in [("moving", 0.3), ("cumulative", None)]:
        norm = nn.BatchNorm1d(channels, eps=1e-3, momentum=momentum)
        norm.weight.data, norm.bias.data = gamma.clone(), beta.clone()
        norm(batches[0])
        x = batches[1].clone().requires_grad_()
        y = norm(x)
        y.backward(upstream)
        values[key + "_running_mean"], values[key + "_running_var"] = flat(norm.running_mean), flat(norm.running_var)
        norm.eval()
        values[key + "_inference"] = flat(norm(batches[0]))
    values |= {"y": flat(y), "dx": flat(x.grad), "dgamma": flat(norm.weight.grad), "dbeta": flat(norm.bias.grad)}
    write("batch-norm.json", values)


def dense():
    rows, inputs, units = 5, 7, 3
    x, weight, bias, upstream = rand(rows, inputs).requires_grad_(), rand(inputs, units).requires_grad_(), rand(units).requires_grad_(), rand(rows, units)
    y = F.linear(x, weight.T, bias)
    y.backward(upstream)
    write("dense.json", {"rows": rows, "inputs": inputs, "units": units, "x": flat(x), "weight": flat(weight), "bias": flat(bias),
                         "upstream": flat(upstream), "y": flat(y), "dx": flat(x.grad), "dweight": flat(weight.grad), "dbias": flat(bias.grad)})


def cross_entropy():
    rows, classes = 6, 4
    logits = rand(rows, classes, scale=3.0)
    targets = torch.randint(classes, (rows,))
    weights = rand(rows).abs()
    values = {"rows": rows, "classes": classes, "logits": flat(logits), "targets": targets.tolist(), "weights": flat(weights),
              "probabilities": flat(F.softmax(logits, dim=1))}
    for key, row_weights in [("plain", torch.ones(rows)), ("weighted", weights)]:
        z = logits.clone().requires_grad_()
        loss = (F.cross_entropy(z, targets, reduction="none") * row_weights).sum() / row_weights.sum()
        loss.backward()
        values |= {key + "_loss": loss.item(), key + "_gradient": flat(z.grad)}
    z = logits.clone().requires_grad_()
    loss = (F.cross_entropy(z, targets, reduction="none", label_smoothing=0.2) * weights).sum() / weights.sum()
    loss.backward()
    values |= {"smoothing": 0.2, "smoothed_loss": loss.item(), "smoothed_gradient": flat(z.grad)}
    write("cross-entropy.json", values)


def one_output():
    rows, smoothing = 9, 0.2
    outputs, weights, numbers = rand(rows, scale=3.0), rand(rows).abs(), rand(rows, scale=2.0)
    answers = torch.randint(2, (rows,)).double()
    values = {"rows": rows, "outputs": flat(outputs), "weights": flat(weights), "answers": flat(answers), "numbers": flat(numbers),
              "smoothing": smoothing, "probabilities": flat(torch.sigmoid(outputs))}
    losses = {
        "sigmoid": lambda z: F.binary_cross_entropy_with_logits(z, answers, reduction="none"),
        "smoothed": lambda z: F.binary_cross_entropy_with_logits(z, answers * (1 - smoothing) + smoothing / 2, reduction="none"),
        "squared": lambda y: F.mse_loss(y, numbers, reduction="none"),
    }
    for key, per_row in losses.items():
        for kind, row_weights in [("plain", torch.ones(rows)), ("weighted", weights)]:
            z = outputs.clone().requires_grad_()
            loss = (per_row(z) * row_weights).sum() / row_weights.sum()
            loss.backward()
            values |= {f"{key}_{kind}_loss": loss.item(), f"{key}_{kind}_gradient": flat(z.grad)}
    write("one-output.json", values)


def training():
    rows, inputs, hidden, classes, steps = 8, 4, 6, 3, 10
    first, second, bias = rand(inputs, hidden), rand(hidden, classes), rand(classes)
    batches = [rand(rows, inputs) for _ in range(steps)]
    targets = [torch.randint(classes, (rows,)) for _ in range(steps)]
    values = {"rows": rows, "inputs": inputs, "hidden": hidden, "classes": classes, "weight1": flat(first), "weight2": flat(second),
              "bias2": flat(bias), "batches": [flat(b) for b in batches], "targets": [t.tolist() for t in targets]}
    optimizers = {
        "sgd": lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9),
        "nesterov": lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True),
        "adam": lambda groups: torch.optim.Adam(groups, lr=0.01),
        "adamw": lambda groups: torch.optim.AdamW(groups, lr=0.01),
        "adagrad": lambda groups: torch.optim.Adagrad(groups, lr=0.05),
        "rmsprop": lambda groups: torch.optim.RMSprop(groups, lr=0.01),
        "rmsprop_centered": lambda groups: torch.optim.RMSprop(groups, lr=0.01, momentum=0.5, centered=True),
        "l1": lambda groups: torch.optim.SGD(groups, lr=0.1),
        "clip_value": lambda groups: torch.optim.SGD(groups, lr=0.1),
        "clip_norm": lambda groups: torch.optim.SGD(groups, lr=0.1),
    }
    prepare = {
        "l1": lambda net: [p.grad.add_(0.01 * p.sign()) for p in (net[0].weight, net[3].weight)],
        "clip_value": lambda net: nn.utils.clip_grad_value_(net.parameters(), 0.05),
        "clip_norm": lambda net: nn.utils.clip_grad_norm_(net.parameters(), 0.5),
    }
    for key, make in optimizers.items():
        net = nn.Sequential(nn.Linear(inputs, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, classes))
        net[0].weight.data, net[3].weight.data, net[3].bias.data = first.T.clone(), second.T.clone(), bias.clone()
        optimizer = make([{"params": [net[0].weight, net[3].weight], "weight_decay": 0.01},
                          {"params": [net[1].weight, net[1].bias, net[3].bias], "weight_decay": 0.0}])
        losses = []
        for x, target in zip(batches, targets):
            loss = F.cross_entropy(net(x), target)
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                prepare.get(key, lambda _: None)(net)
            optimizer.step()
            losses.append(loss.item())
        parameters = [net[0].weight.T, net[1].weight, net[1].bias, net[3].weight.T, net[3].bias]
        values |= {key + "_losses": losses, key + "_parameters": [flat(p) for p in parameters],
                   key + "_running_mean": flat(net[1].running_mean), key + "_running_var": flat(net[1].running_var)}
    write("training.json", values)


def norms():
    """Every normalization of an image. Values are stored channels last, as our layers have them."""
    rows, height, width, channels, groups = 2, 3, 4, 6, 3
    shape = (rows, channels, height, width)
    x, upstream, before = rand(*shape, scale=2.0, shift=3.0), rand(*shape), rand(*shape, scale=1.5, shift=2.0)
    gamma, beta = rand(channels), rand(channels)
    layer_gamma, layer_beta = rand(channels, height, width), rand(channels, height, width)

    def last(tensor):
        return flat(tensor.movedim(-3, -1))

    values = {"rows": rows, "height": height, "width": width, "channels": channels, "groups": groups, "epsilon": 1e-3, "momentum": 0.3,
              "x": last(x), "upstream": last(upstream), "before": last(before), "gamma": flat(gamma), "beta": flat(beta),
              "layer_gamma": last(layer_gamma), "layer_beta": last(layer_beta)}
    batch = {"num_features": channels, "eps": 1e-3, "momentum": 0.3}
    cases = {
        "batch": (nn.BatchNorm2d(**batch), gamma, beta),
        "batch_plain": (nn.BatchNorm2d(**batch, affine=False), None, None),
        "frozen": (nn.BatchNorm2d(**batch), gamma, beta),
        "layer": (nn.LayerNorm(shape[1:], eps=1e-3), layer_gamma, layer_beta),
        "group": (nn.GroupNorm(groups, channels, eps=1e-3), gamma, beta),
        "instance": (nn.InstanceNorm2d(channels, eps=1e-3, affine=True), gamma, beta),
        "instance_plain": (nn.InstanceNorm2d(channels, eps=1e-3), None, None),
    }
    for key, (norm, weight, bias) in cases.items():
        if weight is not None:
            norm.weight.data, norm.bias.data = weight.clone(), bias.clone()
        norm(before)
        if key == "frozen":
            norm.eval()
        z = x.clone().requires_grad_()
        y = norm(z)
        y.backward(upstream)
        values |= {key + "_y": last(y), key + "_dx": last(z.grad)}
        if weight is not None:
            stored = last if weight.dim() > 1 else flat
            values |= {key + "_dgamma": stored(norm.weight.grad), key + "_dbeta": stored(norm.bias.grad)}
        norm.eval()
        values[key + "_inference"] = last(norm(before))
    write("norms.json", values)


def schedules():
    def rates(make, steps, losses=None):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        schedule, values = make(optimizer), []
        for step in range(steps):
            values.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step(*([losses[step]] if losses else []))
        return values

    lr, steps = torch.optim.lr_scheduler, 20
    losses = [3.0, 2.0, 2.0, 1.9999, 2.1, 1.5, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.0, 0.9, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9]
    write("schedules.json", {
        "steps": steps, "losses": losses,
        "step": rates(lambda o: lr.StepLR(o, step_size=3, gamma=0.5), steps),
        "exponential": rates(lambda o: lr.ExponentialLR(o, gamma=0.9), steps),
        "cosine": rates(lambda o: lr.CosineAnnealingLR(o, T_max=steps, eta_min=0.1), steps),
        "one_cycle": rates(lambda o: lr.OneCycleLR(o, max_lr=1.0, total_steps=steps, cycle_momentum=False), steps - 1),
        "plateau": rates(lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1), steps, losses)})


def images():
    """A small convolutional network piece by piece. Images are stored channels last, filters [height, width, channels, filters]."""
    rows, height, width, channels, filters = 2, 6, 5, 3, 4
    x = rand(rows, channels, height, width)

    def last(tensor):
        return flat(tensor.movedim(-3, -1))

    values = {"rows": rows, "height": height, "width": width, "channels": channels, "filters": filters, "x": last(x)}
    convolutions = {"conv": (3, 3, 1, 0), "conv_padded": (3, 3, 1, 1), "conv_strided": (2, 4, 2, 1), "conv_pixel": (1, 1, 1, 0)}
    for key, (kernel_height, kernel_width, stride, padding) in convolutions.items():
        layer = nn.Conv2d(channels, filters, (kernel_height, kernel_width), stride, padding)
        layer.weight.data, layer.bias.data = rand(filters, channels, kernel_height, kernel_width), rand(filters)
        z = x.clone().requires_grad_()
        y = layer(z)
        upstream = rand(*y.shape)
        y.backward(upstream)
        values |= {key + "_window": [kernel_height, kernel_width, stride, padding], key + "_upstream": last(upstream), key + "_y": last(y),
                   key + "_weight": flat(layer.weight.permute(2, 3, 1, 0)), key + "_bias": flat(layer.bias), key + "_dx": last(z.grad),
                   key + "_dweight": flat(layer.weight.grad.permute(2, 3, 1, 0)), key + "_dbias": flat(layer.bias.grad)}
    pools = {
        "max": nn.MaxPool2d(2), "max_overlapping": nn.MaxPool2d(3, stride=2, padding=1),
        "average": nn.AvgPool2d(2), "average_overlapping": nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
        "global": nn.AdaptiveAvgPool2d(1),
    }
    for key, layer in pools.items():
        z = x.clone().requires_grad_()
        y = layer(z)
        upstream = rand(*y.shape)
        y.backward(upstream)
        values |= {key + "_upstream": last(upstream), key + "_y": last(y), key + "_dx": last(z.grad)}
    write("images.json", values)


batch_norm()
dense()
cross_entropy()
training()
norms()
one_output()
schedules()
images()

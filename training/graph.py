"""The scorer's network as an ONNX graph of int8 products, written node by node. No torch.

Weights are int8 per column. What goes into a product is rounded to 8 bits, too, with a scale that is measured once, on training
texts (`export.reaches`), and stands in the file. A scale that is found as the model runs, over everything in the run, would hang
on the company that a text comes in: scores in eights differed by up to two logits from those of each text alone (version 4). So
texts of one length can be scored in one run.

The operators of ONNX Runtime's own domain do in one node what takes a dozen of ONNX's (docs/ContribOperators.md there).
"""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper

from callguard.score.encoder import ACTIVATIONS, FIXED
from callguard.score.tokens import ALL_TOKENS
from training.rounding import rounded

OPSET: Final = 18
IR: Final = 8
RUNTIME: Final = "com.microsoft"
EPSILON: Final = 1e-12
"""BERT's, beneath the root in its layer norms."""
INTEGERS: Final = "_int8"
SCALES: Final = "_scales"
"""What follows a weight's name in the file: its whole numbers, and the size of a step per column (of the word table: row)."""

ATTENDING: Final = ("query", "key", "value")
"""One product in the file, three layers in torch."""
TABLE: Final = "word_embeddings.weight"
PLACES: Final = "position_embeddings.weight"
"""Of which the file has those that are read, ALL_TOKENS."""

Weights = npt.NDArray[np.float32]
Reach = tuple[float, float]
"""Lowest and highest value that goes into a product."""


def graph(weights: Mapping[str, Weights], reaches: Mapping[str, Reach], *, heads: int) -> ModelProto:
    """Return the model of `weights`, named as torch names them; `reaches` holds one for each of `inputs`."""
    built = _Graph(weights, reaches)
    built.embeddings()
    states = "words"
    for layer in range(layers(weights)):
        states = built.layer(f"encoder.encoder.layer.{layer}", states, heads)
    built.head(states)
    return built.model()


def layers(weights: Mapping[str, Weights]) -> int:
    """Return how many layers the network has."""
    return next(layer for layer in count() if f"encoder.encoder.layer.{layer}.output.dense.weight" not in weights)


def inputs(weights: Mapping[str, Weights]) -> list[str]:
    """Return the names of the linear layers whose input is measured: query, key and value share theirs."""
    parts = ("attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense")
    return [f"encoder.encoder.layer.{layer}.{part}" for layer in range(layers(weights)) for part in parts]


def opened(stored: Mapping[str, npt.NDArray[Any]]) -> dict[str, Weights]:
    """Return the weights that `graph` wrote, from a file's named arrays: of the rounded ones what rounding left."""
    found = {name: values for name, values in stored.items() if name.endswith((".weight", ".bias"))}
    for name, values in stored.items():
        if name.endswith(INTEGERS):
            weight = name.removesuffix(INTEGERS)
            whole = values.astype(np.float32) * stored[weight + SCALES]
            found[weight] = whole if weight.endswith(TABLE) else whole.T
    for name in [name for name in found if ".attention.self." in name]:
        before, part = name.split("self.")
        parts = np.split(found.pop(name), len(ATTENDING))
        found |= {f"{before}self.{attending}.{part}": values for attending, values in zip(ATTENDING, parts, strict=True)}
    return found


class _Graph:
    """Nodes and constants as they come."""

    def __init__(self, weights: Mapping[str, Weights], reaches: Mapping[str, Reach]) -> None:
        self._weights, self._reaches = weights, reaches
        self._nodes: list[Any] = []
        self._constants: dict[str, npt.NDArray[Any]] = {}

    def embeddings(self) -> None:
        """Add the vectors of words, kind of turn and place, normed: «words», shape (texts, tokens, width)."""
        table = "encoder.embeddings"
        name = f"{table}.{TABLE}"
        whole, step = rounded(self._weights[name], axis=1)
        self._node("Gather", [self._constant(name + INTEGERS, whole), "numbers"], "word_steps")
        self._node("Cast", ["word_steps"], "word_floats", to=TensorProto.FLOAT)
        self._node("Gather", [self._constant(name + SCALES, step), "numbers"], "word_scales")
        self._node("Mul", ["word_floats", "word_scales"], "word")
        self._node("Gather", [self._weight(f"{table}.token_type_embeddings.weight"), "segments"], "kind")
        self._node("Shape", ["numbers"], "length", start=1, end=2)
        places = self._constant(f"{table}.{PLACES}", self._weights[f"{table}.{PLACES}"][:ALL_TOKENS])
        self._node("Slice", [places, self._constant("first", np.zeros(1, np.int64)), "length"], "place")
        self._node("Add", ["word", "kind"], "word_and_kind")
        self._node("Add", ["word_and_kind", "place"], "embedded")
        self._norm(table, "embedded", "words")
        self._node("Cast", ["mask"], "mask32", to=TensorProto.INT32)

    def layer(self, name: str, states: str, heads: int) -> str:
        """Add one layer; return the name of what comes out."""
        own = f"{name}.attention.self"
        weights, bias = (
            np.concatenate([self._weights[f"{own}.{part}.{kind}"] for part in ATTENDING]) for kind in ("weight", "bias")
        )
        whole, sizes = self._whole(own, weights.T)
        steps, scale, zero = self._eight_bits(f"{own}.query", states)
        given = [steps, whole, scale, sizes, zero, self._zeros(own, bias), self._constant(f"{own}.bias", bias)]
        self._node("MatMulIntegerToFloat", given, f"{own}.product", domain=RUNTIME)
        parts = [f"{own}.{part}" for part in ATTENDING]
        self._nodes.append(helper.make_node("Split", [f"{own}.product"], parts, axis=-1, num_outputs=len(parts)))
        given = [*parts, "", "mask32"]
        self._node("MultiHeadAttention", given, f"{name}.seen", domain=RUNTIME, num_heads=heads)
        attended = self._product(f"{name}.attention.output.dense", f"{name}.seen")
        middle = self._added(f"{name}.attention.output", attended, states)
        wide = self._product(f"{name}.intermediate.dense", middle)
        self._node("Gelu", [wide], f"{name}.bent", domain=RUNTIME)
        return self._added(f"{name}.output", self._product(f"{name}.output.dense", f"{name}.bent"), middle)

    def head(self, states: str) -> None:
        """Add mean and maximum over the words of the text itself, and what they say: «logits», shape (texts, outputs).

        Each is added up in an order that is the same for one text as for eight: a sum over tokens would not be, nor a product of
        all texts' pooled values with the weights, and scores would differ in their last digit.
        """
        self._node("Sub", [self._constant("one", np.array(1, np.int64)), "segments"], "not_earlier")
        self._node("Mul", ["mask", "not_earlier"], "own_number")
        self._node("Cast", ["own_number"], "own_flat", to=TensorProto.FLOAT)
        last, tokens = self._constant("last_axis", np.array([-1])), self._constant("tokens_axis", np.array([1]))
        self._node("Unsqueeze", ["own_flat", last], "own")
        self._node("Unsqueeze", ["own_flat", tokens], "own_row")
        self._node("MatMul", ["own_row", states], "sum")
        self._node("ReduceSum", ["own_row", last], "own_count")
        self._node("Div", ["sum", "own_count"], "mean")
        self._node("Mul", [states, "own"], "own_states")
        self._node("Sub", ["own", self._constant("one_float", np.array(1, np.float32))], "less")
        self._node("Mul", ["less", self._constant("far", np.array(1e4, np.float32))], "far_less")
        self._node("Add", ["own_states", "far_less"], "lowered")
        self._node("ReduceMax", ["lowered", tokens], "highest")
        self._node("Concat", ["mean", "highest"], "pooled", axis=-1)
        self._node("Mul", ["pooled", self._weight("head.weight")], "voices")
        self._node("ReduceSum", ["voices", last], "spoken", keepdims=0)
        self._node("Add", ["spoken", self._weight("head.bias")], "logits")

    def model(self) -> ModelProto:
        """Return the whole, with its inputs and outputs declared."""
        outputs, width = len(self._weights["head.bias"]), self._weights["head.weight"].shape[1] // 2
        given = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("numbers", "mask", "segments")
        ]
        made = [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", outputs]),
            helper.make_tensor_value_info("words", TensorProto.FLOAT, ["texts", "tokens", width]),
        ]
        # Not ascontiguousarray, which makes a list of one of a single number: a step for each of several columns, to ONNX.
        constants = [
            numpy_helper.from_array(np.require(values, requirements="C"), name) for name, values in self._constants.items()
        ]
        operators = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, 1)]
        model = helper.make_model(
            helper.make_graph(self._nodes, "scorer", given, made, constants), opset_imports=operators, ir_version=IR
        )
        helper.set_model_props(model, {ACTIVATIONS: FIXED})
        return model

    def _node(self, kind: str, given: list[str], made: str, **options: Any) -> str:
        self._nodes.append(helper.make_node(kind, given, [made], **options))
        return made

    def _constant(self, name: str, values: npt.NDArray[Any]) -> str:
        self._constants[name] = values
        return name

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _eight_bits(self, layer: str, values: str) -> tuple[str, str, str]:
        """Round what goes into `layer`: its steps, their size and which of the 256 is zero."""
        low, high = min(self._reaches[layer][0], 0.0), max(self._reaches[layer][1], 1e-6)
        size = (high - low) / 255
        scale = self._constant(f"{layer}.step", np.array(size, np.float32))
        zero = self._constant(f"{layer}.zero", np.array(round(-low / size), np.uint8))
        return self._node("QuantizeLinear", [values, scale, zero], f"{layer}.steps"), scale, zero

    def _whole(self, layer: str, weights: Weights) -> tuple[str, str]:
        """Return whole numbers and sizes of a layer's weights, shape (in, out)."""
        whole, step = rounded(weights, axis=0)
        return self._constant(f"{layer}.weight{INTEGERS}", whole), self._constant(f"{layer}.weight{SCALES}", step[0])

    def _product(self, layer: str, values: str) -> str:
        """Return what a linear layer makes of values."""
        steps, scale, zero = self._eight_bits(layer, values)
        whole, sizes = self._whole(layer, self._weights[f"{layer}.weight"].T)
        zeros = self._zeros(layer, self._weights[f"{layer}.bias"])
        given = [steps, whole, scale, sizes, zero, zeros, self._weight(f"{layer}.bias")]
        return self._node("MatMulIntegerToFloat", given, f"{layer}.product", domain=RUNTIME)

    def _zeros(self, layer: str, like: Weights) -> str:
        """Return the zeros of rounded weights, one a column; each layer its own, as the runtime may write another there."""
        return self._constant(f"{layer}.zeros", np.zeros(len(like), np.int8))

    def _added(self, name: str, values: str, before: str) -> str:
        """Add what was there before, and norm the sum: in two nodes, since the runtime's one is slow (`encoder.SLOWER`)."""
        self._node("Add", [values, before], f"{name}.sum")
        return self._norm(name, f"{name}.sum", f"{name}.normed")

    def _norm(self, name: str, values: str, made: str) -> str:
        weights = [self._weight(f"{name}.LayerNorm.{part}") for part in ("weight", "bias")]
        return self._node("LayerNormalization", [values, *weights], made, axis=-1, epsilon=EPSILON)

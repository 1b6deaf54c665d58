"""the encoder's and the reader's architecture -> models/encoder: the graphs that both run, without weights.

Needs `onnx` (of the extra [dev]); run by `make models`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.encoder import GRAPH, HEADS, LAYERS, LOWER, SIZE
from pipeline.models import write_sums
from pipeline.reader import GRAPH as READER_GRAPH
from pipeline.reader import WEIGHTS_GIVEN

WORDS, PLACES, INNER, EPSILON = 30522, 512, 1536, 1e-12
ROOT = Path(__file__).resolve().parent.parent


class Graph:
    """Nodes and the names and shapes of the weights they need."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, tuple[int, ...]] = {}

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs[0]

    def weight(self, name: str, *shape: int) -> str:
        self.weights[name] = shape
        return name

    def dense(self, x: str, name: str, wide: int, narrow: int) -> str:
        product = self.node("MatMul", [x, self.weight(f"{name}.weight", wide, narrow)], [f"{name}.product"])
        return self.node("Add", [product, self.weight(f"{name}.bias", narrow)], [f"{name}.sum"])

    def norm(self, x: str, name: str, output: str) -> str:
        own = [self.weight(f"{name}.{part}", SIZE) for part in ("weight", "bias")]
        return self.node("LayerNormalization", [x, *own], [output], epsilon=EPSILON)

    def layer(self, x: str, name: str, output: str) -> str:
        """One layer of BERT (Devlin et al. 2019, arXiv 1810.04805)."""
        heads = self.dense(x, f"{name}.heads", SIZE, 3 * SIZE)
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        self.node("Split", [heads], parts, axis=-1, num_outputs=3)
        seen = self.node(
            "MultiHeadAttention", [*parts, "", "lengths"], [f"{name}.seen"], domain="com.microsoft", num_heads=HEADS
        )
        joined = self.node("Add", [self.dense(seen, f"{name}.joined", SIZE, SIZE), x], [f"{name}.first"])
        middle = self.norm(joined, f"{name}.norm1", f"{name}.middle")
        wide = self.node("Gelu", [self.dense(middle, f"{name}.wide", SIZE, INNER)], [f"{name}.gelu"])
        narrow = self.node("Add", [self.dense(wide, f"{name}.narrow", INNER, SIZE), middle], [f"{name}.second"])
        return self.norm(narrow, f"{name}.norm2", output)


def build() -> bytes:
    """The graph: ids (batch x length), places (length), lengths (batch) -> lower, last (batch x length x 384)."""
    import onnx
    from onnx import TensorProto, helper

    graph = Graph()
    words = graph.node("Gather", [graph.weight("words", WORDS, SIZE), "ids"], ["word"])
    places = graph.node("Gather", [graph.weight("positions", PLACES, SIZE), "places"], ["place"])
    both = graph.node("Add", [words, places], ["both"])
    x = graph.norm(graph.node("Add", [both, graph.weight("kind", SIZE)], ["embedded"]), "norm", "state0")
    names = {LOWER: "lower", LAYERS: "last"}
    for number in range(LAYERS):
        x = graph.layer(x, f"layer{number}", names.get(number + 1, f"state{number + 1}"))
    inputs: list[Any] = [("ids", TensorProto.INT64, ["batch", "length"]), ("places", TensorProto.INT64, ["length"]),
              ("lengths", TensorProto.INT32, ["batch"])]  # fmt: skip
    outputs: list[Any] = [(name, TensorProto.FLOAT, ["batch", "length", SIZE]) for name in names.values()]
    made = helper.make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
    )
    for name, shape in graph.weights.items():
        weight = onnx.TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        weight.data_location = TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "given at run time"
        made.initializer.append(weight)
    return _bytes(made)


def build_reader() -> bytes:
    """The graph of the reader; its weights are inputs, so that it serves whatever codes it was fitted for."""
    from onnx import TensorProto, helper

    graph = Graph()
    beside = graph.node("Add", [graph.node("MatMul", ["beside", "around"], ["near"]), "bias"], ["beside_all"])
    each = graph.node("Gather", [beside, "sentence"], ["beside_each"])
    hidden = graph.node("Add", [graph.node("MatMul", ["own", "pieces"], ["seen"]), each], ["hidden"])
    product = graph.node("MatMul", [graph.node("Gelu", [hidden], ["gelu"]), "codes"], ["product"])
    graph.node("Add", [product, "codes_bias"], ["logits"])
    shapes = {"own": ["n", "wide"], "beside": ["m", "near_wide"], **WEIGHTS_GIVEN}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in shapes.items()]
    inputs.append(helper.make_tensor_value_info("sentence", TensorProto.INT64, ["n"]))
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", "codes_known"])]
    return _bytes(helper.make_graph(graph.nodes, "reader", inputs, outputs))


def _bytes(graph: Any) -> bytes:
    from onnx import helper

    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())


def main() -> None:
    """Write the graphs and check the vectors against sentence-transformers."""
    import numpy as np

    from pipeline.encoder import NAME, encode
    from pipeline.models import encoder

    folder = ROOT / "models" / "encoder"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(build())
    (folder / READER_GRAPH).write_bytes(build_reader())
    write_sums(folder)
    texts = ["Yes.", "We planned the service with the people who use it.", "word " * 300]
    theirs = encoder(NAME).encode(texts, normalize_embeddings=True, show_progress_bar=False)
    print(
        f"largest difference from sentence-transformers: {float(np.abs(encode(texts, ROOT / 'models') - theirs).max()):.1e}"
    )


if __name__ == "__main__":
    main()

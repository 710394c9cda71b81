import {
  type Graph,
  type Node,
  nodeField,
  readGraph,
  type Tensor,
  tensorField,
  wholeAttribute,
  wholesAttribute,
  writeGraph,
} from './graph.ts';
import type { Field } from './wire.ts';

/**
 * Writes every PRelu of an ONNX model as operators for which onnxruntime has vector code, with the same output bit for bit
 * (but that -0 becomes 0):
 * `Relu(x) + DW(-a, Relu(DW(-1, x)))`, DW a depthwise 1 x 1 convolution. (`Max(x, a x)` would be wrong: some slopes exceed 1.)
 *
 * @param model ModelProto bytes of a hash-checked file.
 * @returns     The model with those nodes and their slopes replaced and every other byte kept. A PRelu whose slope
 *              is not one float32 a channel, C x 1 x 1, among the initializers stays as it is.
 * @cost        One pass and one copy.
 * @source      onnx.proto3; the ONNX operators PRelu, Conv, Relu, Add.
 */
export function rewritePrelu(model: Uint8Array): Uint8Array {
  const graph = readGraph(model);
  const edits = new Map<Field, readonly Uint8Array[]>();
  const flips = new Set<number>();
  for (const node of graph.nodes) {
    const slope = slopeOf(graph, node);
    if (slope === undefined) continue;
    edits.set(node.field, nodesFor(node, slope.values.length));
    if (!edits.has(slope.field)) edits.set(slope.field, weightsFor(node.inputs[1]!, slope, flips));
  }
  return writeGraph(graph, edits);
}

function slopeOf(graph: Graph, node: Node): Tensor | undefined {
  const name = node.inputs[1];
  if (node.op !== 'PRelu' || name === undefined || graph.outer.has(name)) return undefined;
  const slope = graph.tensors.get(name);
  const ours = graph.users.get(name)!.every((user) => user.op === 'PRelu' && user.inputs[0] !== name);
  const perChannel = slope?.dims.length === 3 && slope.dims[1] === 1 && slope.dims[2] === 1;
  return ours && perChannel ? slope : undefined;
}

const minus = (slope: string): string => `visor/minus/${slope}`;
const flip = (channels: number): string => `visor/flip/${channels}`;

/** -a for this slope, and -1 once for each number of channels. */
function weightsFor(name: string, { values }: Tensor, flips: Set<number>): Uint8Array[] {
  const dims = [values.length, 1, 1, 1];
  const negated = tensorField(
    minus(name),
    dims,
    values.map((a) => -a),
  );
  if (flips.has(values.length)) return [negated];
  flips.add(values.length);
  return [negated, tensorField(flip(values.length), dims, new Float32Array(values.length).fill(-1))];
}

function nodesFor({ inputs, output }: Node, channels: number): Uint8Array[] {
  const [x, slope] = [inputs[0]!, inputs[1]!];
  const named = (what: string): string => `visor/${what}/${output}`;
  const attributes = [wholeAttribute('group', channels), wholesAttribute('kernel_shape', [1, 1])];
  return [
    nodeField({ op: 'Conv', inputs: [x, flip(channels)], output: named('flipped'), attributes }),
    nodeField({ op: 'Relu', inputs: [named('flipped')], output: named('negative') }),
    nodeField({ op: 'Conv', inputs: [named('negative'), minus(slope)], output: named('scaled'), attributes }),
    nodeField({ op: 'Relu', inputs: [x], output: named('positive') }),
    nodeField({ op: 'Add', inputs: [named('positive'), named('scaled')], output }),
  ];
}

import { type Graph, type Node, readGraph, type Tensor, tensorField, withWhole, writeGraph } from './graph.ts';
import type { Field } from './wire.ts';

/** onnxruntime computes channels in blocks of this many. */
const BLOCK = 16;
/** No activation of the models that are served comes near this. */
const LARGEST_ACTIVATION = 1024;
/** What a channel may at most add to any sum to be dead: a float32 sum above 2^-36 does not move by it. */
const NOTHING = 2 ** -60;

/** The nodes that carry one set of channels from the convolution that makes them to the one that sums them up. */
interface Chain {
  readonly first: Node;
  readonly between: readonly Node[]; // PRelu and depthwise Conv
  readonly last: Node;
}

/**
 * Takes out of an ONNX model the channels that training left dead: their weights have decayed so far that what they
 * add to the next convolution's sums is below `NOTHING`, by an interval bound over the whole chain. About a third
 * of the channels of the embedding model are. So many dead ones stay that the number left is a multiple of 16.
 *
 * @param model ModelProto bytes of a hash-checked file.
 * @returns     The model with smaller weights. What it adds up is the same, but not always in the same order (onnxruntime
 *              sums 128 channels at a time), so outputs of about 1 differ by up to some 1e-6.
 * @cost        One pass and one copy.
 */
export function dropDeadChannels(model: Uint8Array): Uint8Array {
  const graph = readGraph(model);
  const edits = new Map<Field, readonly Uint8Array[]>();
  const rows = new Map<string, readonly number[]>(); //    tensor -> what stays along its first dimension
  const columns = new Map<string, readonly number[]>(); // tensor -> what stays along its second
  for (const chain of graph.nodes.flatMap((node) => chainFrom(graph, node) ?? [])) {
    const kept = livingChannels(graph, chain);
    if (kept.length === graph.tensors.get(chain.first.inputs[1]!)!.dims[0]) continue;
    for (const { inputs } of [chain.first, ...chain.between]) for (const name of inputs.slice(1)) rows.set(name, kept);
    columns.set(chain.last.inputs[1]!, kept);
    for (const node of chain.between)
      if (node.op === 'Conv') edits.set(node.field, [withWhole(node, 'group', kept.length)]);
  }
  for (const name of new Set([...rows.keys(), ...columns.keys()])) {
    const tensor = graph.tensors.get(name)!;
    edits.set(tensor.field, [tensorField(name, ...cut(tensor, rows.get(name), columns.get(name)))]);
  }
  return writeGraph(graph, edits);
}

/** The chain that starts at a dense convolution, if every value on it has one reader and every weight on it one user. */
function chainFrom(graph: Graph, first: Node): Chain | undefined {
  if (!isDense(graph, first)) return undefined;
  const channels = graph.tensors.get(first.inputs[1]!)!.dims[0]!;
  const between: Node[] = [];
  for (let at = first; ; ) {
    const readers = graph.users.get(at.output) ?? [];
    const next = readers[0];
    if (readers.length !== 1 || next?.inputs[0] !== at.output || graph.outer.has(at.output)) return undefined;
    if (isDense(graph, next)) return between.length > 0 ? { first, between, last: next } : undefined;
    if (!isPerChannel(graph, next, channels)) return undefined;
    between.push(next);
    at = next;
  }
}

const weightsAreOwn = (graph: Graph, { inputs }: Node): boolean =>
  inputs.length > 1 &&
  inputs
    .slice(1)
    .every((name) => graph.tensors.has(name) && graph.users.get(name)!.length === 1 && !graph.outer.has(name));

function isDense(graph: Graph, node: Node): boolean {
  if (node.op !== 'Conv' || !weightsAreOwn(graph, node)) return false;
  return (node.whole.get('group') ?? 1) === 1 && graph.tensors.get(node.inputs[1]!)!.dims.length === 4;
}

function isPerChannel(graph: Graph, node: Node, channels: number): boolean {
  if (!weightsAreOwn(graph, node) || graph.tensors.get(node.inputs[1]!)!.dims[0] !== channels) return false;
  if (node.op === 'PRelu') return graph.tensors.get(node.inputs[1]!)!.values.length === channels;
  return (
    node.op === 'Conv' && node.whole.get('group') === channels && graph.tensors.get(node.inputs[1]!)!.dims[1] === 1
  );
}

/** The channels that stay, in their order: all that live, and the least dead up to a whole number of blocks. */
function livingChannels(graph: Graph, { first, between, last }: Chain): readonly number[] {
  const tensorsOf = (node: Node): Tensor[] => node.inputs.slice(1).map((name) => graph.tensors.get(name)!);
  let bound = reach(tensorsOf(first), () => LARGEST_ACTIVATION);
  for (const node of between) {
    const before = bound;
    const [weights] = tensorsOf(node);
    bound =
      node.op === 'PRelu'
        ? before.map((most, c) => most * Math.max(1, Math.abs(weights!.values[c]!)))
        : reach(tensorsOf(node), (c) => before[c]!);
  }
  const added = bound.map((most, c) => most * largestInColumn(tensorsOf(last)[0]!, c));
  const byWeight = added.map((_, c) => c).sort((a, b) => added[b]! - added[a]!);
  const living = added.filter((most) => most >= NOTHING).length;
  const kept = Math.min(added.length, Math.max(BLOCK, BLOCK * Math.ceil(living / BLOCK)));
  return byWeight.slice(0, kept).sort((a, b) => a - b);
}

/** How large each output of a convolution can get: the sum of its weights' sizes times the largest input, and its bias. */
function reach([weights, bias]: readonly Tensor[], input: (channel: number) => number): number[] {
  const row = weights!.values.length / weights!.dims[0]!;
  return Array.from({ length: weights!.dims[0]! }, (_, c) => {
    let sum = 0;
    for (const weight of weights!.values.subarray(c * row, (c + 1) * row)) sum += Math.abs(weight);
    return sum * input(c) + Math.abs(bias?.values[c] ?? 0);
  });
}

/** The largest sum of sizes of the weights through which one input channel reaches one output. */
function largestInColumn({ dims, values }: Tensor, channel: number): number {
  const [outputs, inputs, area] = [dims[0]!, dims[1]!, dims[2]! * dims[3]!];
  let largest = 0;
  for (let o = 0; o < outputs; o += 1) {
    let sum = 0;
    const start = (o * inputs + channel) * area;
    for (const weight of values.subarray(start, start + area)) sum += Math.abs(weight);
    largest = Math.max(largest, sum);
  }
  return largest;
}

/** The tensor with only these indices of its first and second dimension left. */
function cut(
  { dims, values }: Tensor,
  rows: readonly number[] | undefined,
  columns: readonly number[] | undefined,
): [readonly number[], Float32Array] {
  const inner = dims.length > 1 ? dims[1]! : 1;
  const area = values.length / (dims[0]! * inner);
  const [r, c] = [rows ?? [...Array(dims[0]!).keys()], columns ?? [...Array(inner).keys()]];
  const out = new Float32Array(r.length * c.length * area);
  let at = 0;
  for (const row of r) {
    for (const column of c) {
      const start = (row * inner + column) * area;
      out.set(values.subarray(start, start + area), at);
      at += area;
    }
  }
  return [[r.length, ...(dims.length > 1 ? [c.length] : []), ...dims.slice(2)], out];
}

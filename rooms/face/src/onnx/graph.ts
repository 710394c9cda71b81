import { concat } from '@visor/record';
import { bytesField, bytesOf, type Field, fieldsOf, numberField, textOf } from './wire.ts';

// Field numbers of onnx.proto3: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto.
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, i: 3, ints: 8, type: 20 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 } as const;
const VALUE = { name: 1 } as const;
const FLOAT = 1;
const TYPE = { int: 2, ints: 7 } as const;

export interface Node {
  readonly field: Field;
  readonly op: string; //     empty for an operator of a foreign domain
  readonly inputs: readonly string[];
  readonly output: string;
  readonly whole: ReadonlyMap<string, number>; // attributes with one whole number
}

export interface Tensor {
  readonly field: Field;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

export interface Graph {
  readonly model: readonly Field[];
  readonly fields: readonly Field[];
  readonly nodes: readonly Node[];
  readonly tensors: ReadonlyMap<string, Tensor>; //          float32 initializers with raw data
  readonly users: ReadonlyMap<string, readonly Node[]>; //  who reads a value
  readonly outer: ReadonlySet<string>; //                   inputs and outputs of the whole
}

/** What stands instead of some fields of the graph; a field that is not named stays, byte for byte. */
export type Edits = ReadonlyMap<Field, readonly Uint8Array[]>;

/** @throws RangeError for bytes that are no ONNX model: only hash-checked files come here. */
export function readGraph(model: Uint8Array): Graph {
  const outside = fieldsOf(model);
  const graph = outside.filter(({ number }) => number === MODEL.graph);
  if (graph.length !== 1) throw new RangeError('the bytes are not an ONNX model');
  const fields = fieldsOf(bytesOf(graph[0]!));
  const nodes = fields.filter(({ number }) => number === GRAPH.node).map(readNode);
  const users = new Map<string, Node[]>();
  for (const node of nodes) for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node]);
  const outer = fields.filter(({ number }) => number === GRAPH.input || number === GRAPH.output);
  return {
    model: outside,
    fields,
    nodes,
    tensors: new Map(fields.filter(({ number }) => number === GRAPH.initializer).flatMap(readTensor)),
    users,
    outer: new Set(outer.map((field) => firstText(fieldsOf(bytesOf(field)), VALUE.name))),
  };
}

function firstText(message: readonly Field[], number: number): string {
  const field = message.find((it) => it.number === number);
  return field === undefined ? '' : textOf(field);
}

function readNode(field: Field): Node {
  const parts = fieldsOf(bytesOf(field));
  const whole = new Map<string, number>();
  for (const part of parts.filter(({ number }) => number === NODE.attribute)) {
    const attribute = fieldsOf(bytesOf(part));
    const value = attribute.find(({ number }) => number === ATTRIBUTE.i)?.value;
    if (typeof value === 'number') whole.set(firstText(attribute, ATTRIBUTE.name), value);
  }
  const foreign = firstText(parts, NODE.domain) !== '';
  return {
    field,
    op: foreign ? '' : firstText(parts, NODE.op),
    inputs: parts.filter(({ number }) => number === NODE.input).map(textOf),
    output: firstText(parts, NODE.output),
    whole,
  };
}

function readTensor(field: Field): [string, Tensor][] {
  const parts = fieldsOf(bytesOf(field));
  const raw = parts.find(({ number }) => number === TENSOR.raw);
  const type = parts.find(({ number }) => number === TENSOR.type)?.value;
  const dims = parts.filter(({ number }) => number === TENSOR.dims).map(({ value }) => Number(value));
  const length = dims.reduce((product, dim) => product * dim, 1);
  if (raw === undefined || type !== FLOAT || bytesOf(raw).length !== 4 * length) return [];
  return [[firstText(parts, TENSOR.name), { field, dims, values: floatsOf(bytesOf(raw)) }]];
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** The model with the edits done. @cost One copy. */
export function writeGraph(graph: Graph, edits: Edits): Uint8Array {
  const fields = graph.fields.flatMap((field) => edits.get(field) ?? [field.whole]);
  return concat(
    graph.model.map((field) => (field.number === MODEL.graph ? bytesField(MODEL.graph, concat(fields)) : field.whole)),
  );
}

/** A float32 initializer. */
export function tensorField(name: string, dims: readonly number[], values: Float32Array): Uint8Array {
  const raw = new Uint8Array(4 * values.length);
  const view = new DataView(raw.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  const shape = dims.map((dim) => numberField(TENSOR.dims, dim));
  const rest = [numberField(TENSOR.type, FLOAT), bytesField(TENSOR.name, name), bytesField(TENSOR.raw, raw)];
  return bytesField(GRAPH.initializer, concat([...shape, ...rest]));
}

/** A node named after its operator and output. */
export function nodeField(node: {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: readonly Uint8Array[];
}): Uint8Array {
  const parts = [
    ...node.inputs.map((input) => bytesField(NODE.input, input)),
    bytesField(NODE.output, node.output),
    bytesField(NODE.name, `${node.op}/${node.output}`),
    bytesField(NODE.op, node.op),
    ...(node.attributes ?? []),
  ];
  return bytesField(GRAPH.node, concat(parts));
}

/** The same node with another whole number for one attribute that it has. */
export function withWhole(node: Node, name: string, value: number): Uint8Array {
  const parts = fieldsOf(bytesOf(node.field)).map((part) => {
    const isIt = part.number === NODE.attribute && firstText(fieldsOf(bytesOf(part)), ATTRIBUTE.name) === name;
    return isIt ? wholeAttribute(name, value) : part.whole;
  });
  return bytesField(GRAPH.node, concat(parts));
}

export function wholeAttribute(name: string, value: number): Uint8Array {
  const parts = [
    bytesField(ATTRIBUTE.name, name),
    numberField(ATTRIBUTE.i, value),
    numberField(ATTRIBUTE.type, TYPE.int),
  ];
  return bytesField(NODE.attribute, concat(parts));
}

export function wholesAttribute(name: string, values: readonly number[]): Uint8Array {
  const list = values.map((value) => numberField(ATTRIBUTE.ints, value));
  return bytesField(
    NODE.attribute,
    concat([bytesField(ATTRIBUTE.name, name), ...list, numberField(ATTRIBUTE.type, TYPE.ints)]),
  );
}

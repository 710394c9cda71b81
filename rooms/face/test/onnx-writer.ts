/** Writes and reads small ONNX models through another implementation of protobuf, apart from the room's own. */
import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `syntax = "proto3"; package onnx;
   message AttributeProto { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
   message TensorProto { repeated int64 dims = 1 [packed = false]; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
   message NodeProto { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5; }
   message Dim { int64 dim_value = 1; } message Shape { repeated Dim dim = 1; }
   message TensorType { int32 elem_type = 1; Shape shape = 2; } message TypeProto { TensorType tensor_type = 1; }
   message ValueInfoProto { string name = 1; TypeProto type = 2; }
   message GraphProto { repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
     repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
   message OperatorSetId { int64 version = 2; }
   message ModelProto { int64 ir_version = 1; GraphProto graph = 7; repeated OperatorSetId opset_import = 8; }`,
  { keepCase: true },
);
const Model = root.lookupType('onnx.ModelProto');

interface Written {
  readonly node: object;
  readonly tensors: readonly object[];
}

const FLOAT = 1;
const tensor = (name: string, dims: readonly number[], values: readonly number[]): object => ({
  name,
  dims,
  data_type: FLOAT,
  raw_data: new Uint8Array(Float32Array.from(values).buffer),
});

export function prelu(from: string, to: string, slopes: readonly number[]): Written {
  return {
    node: { op_type: 'PRelu', name: to, input: [from, `${to}/slope`], output: [to] },
    tensors: [tensor(`${to}/slope`, [slopes.length, 1, 1], slopes)],
  };
}

interface Convolution {
  readonly dims: readonly number[];
  readonly weights: readonly number[];
  readonly bias: readonly number[];
  readonly group?: number;
}

export function conv(from: string, to: string, { dims, weights, bias, group = 1 }: Convolution): Written {
  const kernel = dims.slice(2);
  const pad = Math.floor(kernel[0]! / 2);
  const attribute = [
    { name: 'group', i: group, type: 2 },
    { name: 'kernel_shape', ints: kernel, type: 7 },
    { name: 'pads', ints: [pad, pad, pad, pad], type: 7 },
  ];
  return {
    node: { op_type: 'Conv', name: to, input: [from, `${to}/weight`, `${to}/bias`], output: [to], attribute },
    tensors: [tensor(`${to}/weight`, dims, weights), tensor(`${to}/bias`, [bias.length], bias)],
  };
}

/** A model of float32, 1 x channels x side x side in and out. */
export function modelOf({
  channels,
  side,
  nodes,
}: {
  channels: number;
  side: number;
  nodes: readonly Written[];
}): Uint8Array {
  const shape = { dim: [1, channels, side, side].map((dim_value) => ({ dim_value })) };
  const value = (name: string): object => ({ name, type: { tensor_type: { elem_type: FLOAT, shape } } });
  const graph = {
    name: 'small',
    node: nodes.map(({ node }) => node),
    initializer: nodes.flatMap(({ tensors }) => tensors),
    input: [value('input')],
    output: [value('output')],
  };
  return Model.encode(Model.fromObject({ ir_version: 7, opset_import: [{ version: 11 }], graph })).finish();
}

interface ReadModel {
  readonly graph: {
    readonly node: readonly { readonly op_type: string; readonly input: readonly string[] }[];
    readonly initializer: readonly { readonly name: string; readonly raw_data: Uint8Array }[];
  };
}

/** The slopes of every PRelu of a model, in order. */
export function slopesIn(model: Uint8Array): readonly (readonly number[])[] {
  const { graph } = Model.decode(model) as unknown as ReadModel; // the message that the schema above describes
  return graph.node
    .filter(({ op_type }) => op_type === 'PRelu')
    .map(({ input }) => {
      const raw = graph.initializer.find(({ name }) => name === input[1])!.raw_data;
      return [...new Float32Array(Uint8Array.from(raw).buffer)];
    });
}

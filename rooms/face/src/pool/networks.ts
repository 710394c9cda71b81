import { InferenceSession, Tensor } from 'onnxruntime-node';
import { CROP_SIDE } from '../align.ts';
import { DETECTOR } from '../detect.ts';
import { LANDMARKS } from '../landmarks.ts';

/** The three networks of one face model, as functions over plain arrays. */
export interface Networks {
  detect(input: Float32Array): Promise<{ scores: Float32Array; boxes: Float32Array }>;
  landmarks(input: Float32Array): Promise<Float32Array>;
  embed(input: Float32Array): Promise<Float32Array>; // not yet at length 1
}

/** One thread in a network: a second one spins while it waits and made the whole two to five times slower on busy cores. */
const OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
};

export interface NetworkFiles {
  readonly detect: Uint8Array;
  readonly landmarks: Uint8Array;
  readonly embed: Uint8Array;
}

/** @param files ONNX bytes whose hashes were checked. */
export async function loadNetworks(files: NetworkFiles): Promise<Networks> {
  const detect = await loadNetwork(files.detect, [1, 3, DETECTOR.height, DETECTOR.width]);
  const landmarks = await loadNetwork(files.landmarks, [1, 1, LANDMARKS.side, LANDMARKS.side]);
  const embed = await loadNetwork(files.embed, [1, 3, CROP_SIDE, CROP_SIDE]);
  return {
    async detect(input) {
      const answer = await detect(input);
      return { scores: floats(answer, 'scores'), boxes: floats(answer, 'boxes') };
    },
    landmarks: async (input) => floats(await landmarks(input), 'output'),
    embed: async (input) => floats(await embed(input), 'output'),
  };
}

/** One network, of one input `input`. */
export async function loadNetwork(file: Uint8Array, dims: readonly number[]) {
  const session = await InferenceSession.create(file, OPTIONS);
  return (input: Float32Array) => session.run({ input: new Tensor('float32', input, dims) });
}

function floats(answer: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = answer[name]?.type === 'float32' ? answer[name].data : undefined;
  if (!(data instanceof Float32Array)) throw new TypeError(`the network gives no float32 ${name}`);
  return data;
}

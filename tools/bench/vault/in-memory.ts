/** What the templates cost, without database and keeper: process CPU a thing, the least of some rounds. */
import { compareFaces, FACE_MODEL } from '@visor/face';
import {
  type FacePlace,
  openTemplate,
  packTemplate,
  rotate,
  rotateOn,
  rotationOf,
  type SealedTemplate,
  sealTemplate,
  unpackTemplate,
} from '@visor/vault';
import { again, drawnTemplate } from './drawn-templates.ts';
import { random, tools } from './house-on-disk.ts';

const ROUNDS = 5;
const COUNT = 2000;

/** CPU milliseconds of one run of the work, the least of some rounds. */
function cpuMs(work: (at: number) => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let at = 0; at < COUNT; at += 1) work(at);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / COUNT;
  });
  return Math.min(...rounds);
}

const keys = { purposeKey: random(32), rotationKey: random(32) };
const place: FacePlace = {
  ...{ site: 'sit_bench', person: 'per_bench', purpose: 'pur_bench', consent: 'con_bench' },
  ...{ version: 1, model: FACE_MODEL.id },
};

export interface InMemory {
  readonly rotation_ms: number;
  readonly open_compare_cpu_ms: number;
  readonly renew_per_cpu_s: number;
  readonly sealed_bytes: number;
}

export function measureInMemory(): InMemory {
  const rows: SealedTemplate[] = [];
  for (let at = 0; at < 64; at += 1) rows.push(sealTemplate(tools, keys, { place, template: drawnTemplate() }));
  const probe = drawnTemplate();
  const secret = random(32);
  const openCompare = cpuMs((at) => {
    const { rotated, secret: own } = openTemplate(tools, keys, { place, row: rows[at % 64]! });
    return compareFaces(FACE_MODEL, rotated, rotate(rotationOf(tools, own, FACE_MODEL.length), probe));
  });
  const renew = cpuMs((at) => {
    const { rotated, secret: own } = openTemplate(tools, keys, { place, row: rows[at % 64]! });
    const [from, to] = [rotationOf(tools, own, rotated.length), rotationOf(tools, random(32), rotated.length)];
    return packTemplate(rotateOn(from, to, rotated));
  });
  return {
    rotation_ms: cpuMs(() => rotate(rotationOf(tools, secret, FACE_MODEL.length), probe)),
    open_compare_cpu_ms: openCompare,
    renew_per_cpu_s: 1000 / renew,
    sealed_bytes: rows[0]!.sealed.length,
  };
}

/** What packing into bytes does to scores of drawn templates: the largest and the mean change. */
export function scoreChange(pairs = 5000): { largest: number; mean: number } {
  let [largest, sum] = [0, 0];
  for (let at = 0; at < pairs; at += 1) {
    const a = drawnTemplate();
    const b = again(a, at % 2 === 0 ? 0.4 : 0);
    const change = Math.abs(protectedScore(a, b) - compareFaces(FACE_MODEL, a, b));
    largest = Math.max(largest, change);
    sum += change;
  }
  return { largest, mean: sum / pairs };
}

/** The score as a sealed template gives it: both sides rotated, the enrolled one packed into bytes. */
export function protectedScore(enrolled: Float32Array, probe: Float32Array): number {
  const rotation = rotationOf(tools, random(32), FACE_MODEL.length);
  const kept = unpackTemplate(packTemplate(rotate(rotation, enrolled)));
  return compareFaces(FACE_MODEL, kept, rotate(rotation, probe));
}

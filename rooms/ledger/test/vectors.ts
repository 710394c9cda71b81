/**
 * What the vectors under `fixtures/vectors/` hold: inputs from which any implementation can make the same bytes, and
 * those bytes. Chance is SHA-256 of a counter, so nothing depends on this code's own generator.
 */
import {
  checkpointBody,
  discloseGroup,
  edgeRoot,
  emptyEdge,
  encodeFrame,
  extendEdge,
  fieldRootOf,
  foldNodes,
  groupRootOf,
  inclusionPath,
  keyIdOf,
  leafBytes,
  leafHash,
  packPrepared,
  prepareEntry,
  proofText,
  signedNote,
} from '@visor/ledger';
import { type Bytes, concat, hex, idOf, instant, type JsonObject, utf8 } from '@visor/record';
import { logKey, seeded, sha256, toolsWith } from './tools.ts';

const ORIGIN = 'visor.invalid/example/1';
const KEY = logKey(sha256(utf8('the secret of the example log key')));
const bytesOf = (what: string, length = 32): Bytes => sha256(utf8(what)).slice(0, length);

const VALUES: JsonObject = {
  person: 'per_例',
  consent: 'con_1',
  purpose: 'login',
  notice: 'notice-3',
  level: 'asserted',
};

function entryVector() {
  const [id, seed] = [bytesOf('entry id', 16), bytesOf('seed')];
  const tools = toolsWith(seeded(0));
  const group = { kind: 'consent.given', slot: 1, seed, values: VALUES, padClass: 3 } as const;
  const prepared = prepareEntry(tools, { kind: group.kind, id, groups: [group], tags: { subject: bytesOf('tag') } });
  const roots = Array.from({ length: 8 }, (_, slot) =>
    slot === 1 ? groupRootOf(tools, group) : bytesOf(`decoy ${slot}`),
  );
  return {
    input: {
      id: hex(id),
      slot: 1,
      seed: hex(seed),
      kind: group.kind,
      values: VALUES,
      pad_class: 3,
      roots: roots.map(hex),
    },
    group_root: hex(groupRootOf(tools, group)),
    field_root: hex(fieldRootOf(sha256, roots)),
    disclosed: discloseGroup(tools, { ...group, show: ['kind', 'purpose'] }) as unknown as JsonObject, // JSON, as it is
    blob: hex(prepared.blobs[1]!),
    packed: hex(
      packPrepared({
        ...prepared,
        roots,
        fieldRoot: fieldRootOf(sha256, roots),
        tags: [bytesOf('tag'), bytesOf('third')],
      }),
    ),
  };
}

function leafVectors() {
  const fieldRoot = bytesOf('field root');
  return ([0, 1, 2] as const).map((granularity) => {
    const time = instant(1_767_225_600_000);
    const leaf = leafBytes({ time, granularity, padClass: 4, fieldRoot });
    return {
      time,
      granularity,
      pad_class: 4,
      field_root: hex(fieldRoot),
      leaf: hex(leaf),
      leaf_hash: hex(leafHash(sha256, leaf)),
    };
  });
}

function frameVector() {
  const site = idOf('sit', bytesOf('site', 16));
  const leaf = leafBytes({
    time: instant(1_767_225_600_000),
    granularity: 0,
    padClass: 3,
    fieldRoot: bytesOf('field root'),
  });
  const parts = (what: string, length: number): Bytes[] =>
    Array.from({ length: 8 }, (_, i) =>
      concat(Array.from({ length: length / 32 }, (__, j) => bytesOf(`${what} ${i} ${j}`))),
    );
  const entry = {
    log: 0,
    id: bytesOf('entry id', 16),
    leaf,
    roots: parts('root', 32),
    blobs: parts('blob', 320),
    tags: [bytesOf('tag'), bytesOf('third')] as const,
  };
  const logs = [
    { site, origin: ORIGIN, size: 1, root: edgeRoot(sha256, extendEdge(sha256, emptyEdge, [leafHash(sha256, leaf)])) },
  ];
  const frame = encodeFrame(sha256, { lease: 3, number: 1, previous: new Uint8Array(32), logs, entries: [entry] });
  return { input: { lease: 3, number: 1, site, origin: ORIGIN }, frame: hex(frame) };
}

function noteVector() {
  const body = checkpointBody({ origin: ORIGIN, size: 70_000, root: bytesOf('root') });
  const keyId = keyIdOf(sha256, ORIGIN, KEY.publicKey);
  return {
    public_key: hex(KEY.publicKey),
    key_id: hex(keyId),
    note: signedNote(body, { name: ORIGIN, keyId, signature: KEY.sign(utf8(body)) }),
  };
}

function proofVector() {
  const leaves = Array.from({ length: 11 }, (_, i) => leafHash(sha256, utf8(`leaf ${i}`)));
  const root = edgeRoot(sha256, extendEdge(sha256, emptyEdge, leaves));
  const body = checkpointBody({ origin: ORIGIN, size: 11, root });
  const keyId = keyIdOf(sha256, ORIGIN, KEY.publicKey);
  const checkpoint = signedNote(body, { name: ORIGIN, keyId, signature: KEY.sign(utf8(body)) });
  const node = (level: number, index: number): Bytes =>
    edgeRoot(sha256, extendEdge(sha256, emptyEdge, leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
  return [0, 5, 8, 10].map((index) => {
    const proof = inclusionPath(index, 11).map((refs) =>
      foldNodes(
        sha256,
        refs.map((ref) => node(ref.level, ref.index)),
      ),
    );
    return { leaf: `leaf ${index}`, public_key: hex(KEY.publicKey), proof: proofText({ index, proof, checkpoint }) };
  });
}

export const VECTORS = {
  'ledger-entry.json': entryVector,
  'ledger-leaf.json': leafVectors,
  'ledger-frame.json': frameVector,
  'ledger-note.json': noteVector,
  'ledger-proof.json': proofVector,
} as const;

/**
 * How the keeper believes an entry. It takes nobody's word: it makes the groups again from the values it is shown and
 * from seeds that it derives itself, and follows them to a head under its own signature. The server that asks may lie.
 */
import {
  fieldRootOf,
  groupRootOf,
  leafHash,
  openCheckpoint,
  type PadClass,
  parseLeaf,
  SLOT_COUNT,
  verifyInclusion,
} from '@visor/ledger';
import { equalBytes, type Instant, type JsonObject, Refusal } from '@visor/record';
import type { ShownArgument } from './arguments.ts';
import { hmac, sha256 } from './cipher.ts';
import { type Core, siteOf } from './core.ts';
import { verifyEd25519 } from './ed25519.ts';
import { seedOf } from './seeds.ts';

export interface Shown {
  readonly kind: string;
  readonly origin: string;
  readonly index: number;
  readonly time: Instant; // log time
  readonly granularity: number;
  readonly values: ReadonlyMap<number, JsonObject>; // by slot, proved
}

/** @throws Refusal `keeper.opening.proof` naming the step that does not hold; the refusals of the seeds' keys */
export function checkShown(core: Core, site: string, shown: ShownArgument): Shown {
  const refuse = (what: string, cause?: unknown): Refusal =>
    new Refusal('keeper.opening.proof', { what }, cause === undefined ? undefined : { cause });
  const leaf = named(
    () => parseLeaf(shown.leaf),
    (cause) => refuse('leaf', cause),
  );
  if (shown.roots.length !== SLOT_COUNT || new Set(shown.groups.map(({ slot }) => slot)).size !== shown.groups.length) {
    throw refuse('groups');
  }
  for (const group of shown.groups) {
    const root = remade(core, site, { shown, group, padClass: leaf.padClass, refuse });
    if (!equalBytes(root, shown.roots[group.slot]!)) throw refuse('group root');
  }
  if (!equalBytes(fieldRootOf(sha256, shown.roots), leaf.fieldRoot)) throw refuse('field root');
  const head = named(
    () => openCheckpoint({ sha256, verify: verifyEd25519 }, shown.checkpoint, core.log.publicKey),
    (cause) => refuse('checkpoint', cause),
  );
  if (head.origin !== siteOf(core, site).origin || head.size !== shown.size) throw refuse('checkpoint');
  const { index, proof } = shown;
  const claim = { leafHash: leafHash(sha256, shown.leaf), index, size: shown.size, proof, root: head.root };
  named(
    () => verifyInclusion(sha256, claim),
    (cause) => refuse('inclusion', cause),
  );
  return {
    ...{ kind: shown.kind, origin: head.origin, index, time: leaf.time, granularity: leaf.granularity },
    values: new Map(shown.groups.map(({ slot, values }) => [slot, values])),
  };
}

function remade(
  core: Core,
  site: string,
  of: {
    shown: ShownArgument;
    group: ShownArgument['groups'][number];
    padClass: PadClass;
    refuse: (what: string, cause?: unknown) => Refusal;
  },
) {
  const { slot, key, values } = of.group;
  const seed = seedOf(core, site, { slot, key, entry: of.shown.entry });
  const { padClass } = of;
  return named(
    () => groupRootOf({ sha256, hmac }, { kind: of.shown.kind, slot, seed, values, padClass }),
    (cause) => of.refuse('group', cause),
  );
}

/** Gives the ledger's refusals of what was shown the keeper's one name; whoever tries must not need the ledger's list. */
function named<T>(check: () => T, refusal: (cause: unknown) => Refusal): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof Refusal) throw refusal(cause);
    throw cause;
  }
}

import { type Instant, type Random, Refusal } from '@visor/record';
import { type BudgetSizes, USUAL_BUDGETS } from './budgets.ts';
import { type KeeperPort, keeperCalls } from './calls.ts';
import { hmac, subKey } from './cipher.ts';
import { type Core, coreOf, settle } from './core.ts';
import { vrfPublicKey } from './ecvrf.ts';
import { makeRoot, readRoot } from './house-root.ts';
import { openJournal } from './journal.ts';
import type { KeyRing } from './key-ring.ts';
import { KeyStore, readKeyFile, writeKeyFile } from './key-store.ts';
import { apply, emptyMemory, type Memory, snapshot } from './memory.ts';
import { forgetOldOpenings } from './openings.ts';
import { operationsOf } from './operations.ts';
import { decode, encode, type Wire } from './wire.ts';

export interface KeeperParts {
  readonly folder: string;
  readonly house: string; //   the id of the house; a folder of another one is refused
  readonly create: boolean; // whether an empty folder may become this house's
  readonly now: () => Instant;
  readonly random: Random;
  readonly budgets?: BudgetSizes;
}

/** The keeper itself, without process and socket around it. */
export interface OpenedKeeper extends AsyncDisposable {
  readonly port: KeeperPort;
  /** One operation as it comes off the wire. @throws Refusal `request.body` and those of the operation */
  run(operation: string, args: Wire): Promise<Wire>;
  /** To be called once a second: writes what changed. */
  settle(): Promise<void>;
  /** Whether a write failed: what is on disk is then unknown, and only a fresh start can tell. */
  readonly failed: boolean;
}

/** @throws Refusal `keeper.foreign`, `keeper.missing`, `keeper.damaged` */
export async function openKeeper(parts: KeeperParts): Promise<OpenedKeeper> {
  const core = await openCore(parts);
  const operations = operationsOf(new Map());
  const run = async (operation: string, args: Wire): Promise<Wire> => {
    const found = operations.get(operation);
    if (found === undefined) throw new Refusal('request.body', { at: 'operation' });
    return found(core, args);
  };
  return {
    run,
    port: keeperCalls(async (operation, args) => decode(encode(await run(operation, decode(encode(args)))))),
    settle: () => {
      forgetOldOpenings(core);
      core.budgets.forgetFull();
      return settle(core);
    },
    get failed() {
      return core.store.failed || core.journal.failed;
    },
    [Symbol.asyncDispose]: async () => {
      await settle(core);
      await core.journal[Symbol.asyncDispose]();
    },
  };
}

async function openCore(parts: KeeperParts): Promise<Core> {
  const { folder, now, random } = parts;
  const store = await openStore(parts);
  const memory = emptyMemory();
  const journal = await openJournal(
    folder,
    { hmac, random, key: subKey(store.ring.log, 'memory') },
    store.ring.sites.size === 0,
  );
  for (const record of journal.records) apply(memory, record);
  forgetEnded(memory, store.ring);
  return coreOf({
    ...{ store, memory, now, random },
    journal: journal.journal(() => snapshot(memory)),
    budgets: parts.budgets ?? USUAL_BUDGETS,
    filingPublic: vrfPublicKey(store.ring.filing),
  });
}

async function openStore({ folder, house, create, random }: KeeperParts): Promise<KeyStore> {
  const root = await readRoot(folder);
  const ring = root === undefined ? undefined : await readKeyFile(folder, root);
  if (root !== undefined && ring !== undefined) {
    if (ring.house !== house) throw new Refusal('keeper.foreign', { what: 'house' });
    return new KeyStore(folder, root, ring);
  }
  if (!create) throw new Refusal('keeper.missing', { root: root !== undefined });
  const fresh: KeyRing = { house, log: random(32), filing: random(32), sites: new Map(), backups: [] };
  const made = root ?? (await makeRoot(folder, random));
  await writeKeyFile(folder, made, fresh);
  return new KeyStore(folder, made, fresh);
}

/** A crash may have come between the end of a generation and the note of it. */
function forgetEnded(memory: Memory, ring: KeyRing): void {
  for (const [person, burnt] of memory.burnt) {
    const site = ring.sites.get(person.slice(0, person.indexOf('/')));
    if (site !== undefined && burnt.until < Math.min(...site.generations.keys())) memory.burnt.delete(person);
  }
}

import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FACE_MODEL } from '@visor/face';
import { type KeeperClient, startKeeper } from '@visor/keeper';
import { migrations, openLedger } from '@visor/ledger/store';
import { type Bytes, type Instant, instant, newId } from '@visor/record';
import { type Database, migrate, openDatabase } from '@visor/storage';
import { type Call, type DescribedFace, openVault, type Vault, type VaultTools } from '@visor/vault';

export const random = (length: number): Bytes => randomBytes(length);

export const tools: VaultTools = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
  random,
  seal(key, nonce, plain, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open(key, nonce, sealed, aad) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    const plain = decipher.update(sealed.subarray(0, sealed.length - 16));
    try {
      return Buffer.concat([plain, decipher.final()]);
    } catch {
      return undefined;
    }
  },
};

export interface HouseOnDisk extends AsyncDisposable {
  readonly db: Database;
  readonly keeper: KeeperClient;
  readonly vault: Vault;
  readonly site: string;
  call(): Call;
}

const tables = (room: string): string => fileURLToPath(new URL('../migrations', import.meta.resolve(room)));
const now = (): Instant => instant(Date.now());

/** Database, keeper process, ledger and vault as in a server, with faces that are numbers. */
export async function houseOnDisk(describe: (picture: Bytes) => DescribedFace): Promise<HouseOnDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'visor-bench-'));
  const say = (): void => undefined;
  const db = await openDatabase({ folder: join(folder, 'db'), say });
  await migrate(db, [migrations(), tables('@visor/vault')]);
  const keeper = await startKeeper({ folder: join(folder, 'keeper'), house: 'hse_bench', create: true, say });
  const { log: publicKey } = await keeper.publicKeys();
  const plan = { folder: join(folder, 'ledger'), signer: keeper, publicKey, prefix: 'visor.invalid', node: 'one' };
  const ledger = await openLedger({ ...plan, db, now, random, say });
  const faces = {
    describe: async (picture: Bytes): Promise<DescribedFace> => describe(picture),
    model: (id?: string) => (id === undefined || id === FACE_MODEL.id ? FACE_MODEL : undefined),
  };
  const vault = await openVault({ db, keeper, entries: ledger, faces, tools, now, producer: 'bench' });
  const site = newId('sit', random);
  const origin = `visor.invalid/${site}/1`;
  const by = { id: 'key_bench', role: 'key', name: 'bench', device: null };
  const call = (): Call => ({ site, origin, at: now(), act: newId('act', random), by });
  await vault.createSite(call(), {});
  return {
    ...{ db, keeper, vault, site, call },
    async [Symbol.asyncDispose]() {
      await ledger[Symbol.asyncDispose]();
      await db.stop();
      await keeper[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

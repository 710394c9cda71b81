import { fileURLToPath } from 'node:url';

/** The folder of the ledger's migrations, for `migrate` of the storage room. */
export const migrations = (): string => fileURLToPath(new URL('../../migrations', import.meta.url));

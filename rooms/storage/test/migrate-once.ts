// A process of its own for the test in which several migrate at once.
import { migrate, openDatabase } from '@visor/storage';

const [url = '', ...folders] = process.argv.slice(2);
const db = await openDatabase({ folder: '', url, say: () => undefined });
process.stdout.write(`${JSON.stringify(await migrate(db, folders))}\n`);
await db.stop();

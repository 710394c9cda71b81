// A process of its own for the tests that end it: opens what it is told to open, says so, and stays.
import { lockFolder, openDatabase } from '@visor/storage';

const [what, folder = '', ...rest] = process.argv.slice(2);
const told = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  if (what === 'lock') {
    await lockFolder(folder);
    told({ open: true });
  } else {
    const said: string[] = [];
    const db = await openDatabase({ folder, say: (line) => said.push(line) });
    for (const text of rest) await db.query({ text });
    if (what === 'open-and-stop') await db.stop();
    told({ open: true, said });
  }
  if (what !== 'open-and-stop') setInterval(() => undefined, 60_000);
} catch (error) {
  const { name, message, code, part, facts } = error as Record<string, unknown>; // a Refusal or a Fault; else the test fails on it
  told({ open: false, name, message, code, part, facts });
}

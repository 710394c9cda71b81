/** `npm run bench -- NAME [args]` runs `tools/bench/NAME.ts` and holds it to its last line. */
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readFigures } from './figures.ts';

process.chdir(join(import.meta.dirname, '..'));
const [name = '', ...args] = process.argv.slice(2);
const file = `tools/bench/${name}.ts`;
const names = globSync('tools/bench/*.ts').map((path) => basename(path, '.ts'));

if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
  console.error(
    `usage: npm run bench -- NAME [args], where NAME is one of: ${names.sort().join(', ') || '(there is none yet)'}`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await runBench();
}

/** Its output is passed through as it comes; the end of it is kept to be looked at. */
async function runBench(): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['inherit', 'pipe', 'inherit'] });
  let end = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    end = (end + chunk.toString('utf8')).slice(-100_000);
  });
  const code = await new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? 1)));
  if (code === 0 && !readFigures(name, end)) {
    console.error(`the bench ${name} ended without the line of figures`);
    return 1;
  }
  return code;
}

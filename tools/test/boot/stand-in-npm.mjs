// Stands in for npm where a test asks what a start does: it writes down how it was called, and does what FAKE_NPM says.
import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const { FAKE_NPM: does = 'work', FAKE_LOG: log, FAKE_TARBALL: tarball } = process.env;
const args = process.argv.slice(2);
appendFileSync(log, `${args.filter((arg) => !arg.startsWith('--') || arg.startsWith('--omit')).join(' ')}\n`);

function fail(code) {
  process.stderr.write(`npm error code ${code}\nnpm error path ${process.cwd()}\nnpm error something went wrong\n`);
  process.exit(1);
}

if (args[0] === 'ci') {
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules');
  if (does === 'hang') {
    setInterval(() => undefined, 60_000);
    writeFileSync('hangs', `${process.pid}`);
  } else if (does.startsWith('E')) fail(does);
  else writeFileSync('node_modules/package', '');
} else if (does === 'no-pack') fail('E404');
else if (existsSync(tarball)) cpSync(tarball, join(args[args.indexOf('--pack-destination') + 1], basename(tarball)));

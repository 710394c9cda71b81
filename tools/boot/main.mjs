/**
 * The first thing that runs. It is written so that Node 12 still reads it, and says in one sentence what is missing
 * where the Node of this machine is too old for the rest.
 */
const OLDEST = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  process.stderr.write(`Visor needs Node.js ${OLDEST} or newer, and this is ${process.versions.node}.\n`);
  process.exitCode = 4;
} else {
  void import('./boot.mjs').then(({ boot }) => boot(process.argv.slice(2)));
}

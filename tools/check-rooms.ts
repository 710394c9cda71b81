/** Holds the house to rooms.json: who may import whom, and who may touch the network, files, time, chance or keys. */
import { breachesOfDeclarations } from './checks/declarations.ts';
import { readPlan } from './checks/plan.ts';
import { reportAndExit } from './checks/report.ts';
import { breachesOfRooms } from './checks/rooms.ts';
import { listSources, readManifests, readSources } from './checks/source-files.ts';

const plan = readPlan();
const { files, differences } = listSources();
const house = { plan, manifests: readManifests(), files: readSources(files) };
const breaches = [...breachesOfRooms(house), ...breachesOfDeclarations(house)];

reportAndExit({
  check: 'rooms',
  read: files.length,
  breaches: [...breaches, ...differences.map((says) => ({ file: 'rooms.json', line: 1, says }))],
  owing: plan.owing.rooms,
});

/** Holds the source to the sizes, names and shapes of the house. */
import { readPlan } from './checks/plan.ts';
import { reportAndExit } from './checks/report.ts';
import { breachesOfShapes } from './checks/shapes.ts';
import { breachesOfSizes } from './checks/sizes.ts';
import { listSources, readSources } from './checks/source-files.ts';

const { files } = listSources();
const sources = readSources(files);

reportAndExit({
  check: 'sizes',
  read: sources.length,
  breaches: sources.flatMap((file) => [...breachesOfSizes(file), ...breachesOfShapes(file)]),
  owing: readPlan().owing.sizes,
});

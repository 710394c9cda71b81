/** Holds each package.json to its source: what is declared is used, so the list says what the room stands on. */
import { importsIn } from './imports.ts';
import type { Breach } from './plan.ts';
import { packageOf } from './room-imports.ts';
import type { House } from './rooms.ts';
import { parseSource } from './syntax.ts';

/** Dependencies are held to `src`, devDependencies to `test`. Optional ones are found by name at run time. */
export function breachesOfDeclarations({ manifests, files }: House): Breach[] {
  const breaches: Breach[] = [];
  for (const [folder, { dependencies, devDependencies }] of manifests) {
    if (folder === '.') continue;
    const unused = (declared: object | undefined, part: 'src' | 'test'): void => {
      const used = packagesUsed(files.filter(({ path }) => path.startsWith(`${folder}/${part}/`)));
      for (const name of Object.keys(declared ?? {})) {
        if (!used.has(name))
          breaches.push({
            file: `${folder}/package.json`,
            line: 1,
            says: `${name} is declared, and ${part} does not use it`,
          });
      }
    };
    unused(dependencies, 'src');
    unused(devDependencies, 'test');
  }
  return breaches;
}

const packagesUsed = (files: House['files']): ReadonlySet<string> =>
  new Set(files.flatMap((file) => importsIn(parseSource(file)).found.map(({ target }) => packageOf(target))));

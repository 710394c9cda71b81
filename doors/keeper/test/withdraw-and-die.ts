/** A process that withdraws a consent in a house that lies in a folder, and is killed at one step of it. */
import type { Keeper } from '@visor/vault';
import { smallHouse } from './small-house.ts';

interface Order {
  readonly folder: string;
  readonly step: string;
  readonly site: { readonly site: string; readonly origin: string };
  readonly consent: string;
}

const order: Order = JSON.parse(process.argv[2] ?? '{}');

const die = (step: string): void => {
  if (armed && order.step === step) process.kill(process.pid, 'SIGKILL');
};

let armed = false;

const house = await smallHouse({
  folder: order.folder,
  keeper: (real): Keeper => ({
    ...real,
    async rekeyPerson(of) {
      die('before the new person key');
      const made = await real.rekeyPerson(of);
      die('after the new person key');
      return made;
    },
    async burn(of) {
      die('before the burn');
      await real.burn(of);
      die('after the burn');
    },
  }),
  db: (real) => ({
    ...real,
    url: real.url,
    transaction: (work) => real.transaction(work),
    listen: (channel, wake) => real.listen(channel, wake),
    stop: () => real.stop(),
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    async together(query) {
      const commit = query.text.includes('person_rekeyed');
      if (commit) die('before the commit');
      const rows = await real.together<never>(query);
      if (commit) die('after the commit');
      return rows;
    },
    async query(query) {
      const rows = await real.query<never>(query);
      if (query.name === 'vault_burnt') die('after the burn was noted');
      return rows;
    },
  }),
});

armed = true;
await house.vault.withdrawConsent(house.call(order.site), { consent: order.consent });
die('after the answer');

import type { AddressInfo } from 'node:net';
import { Fault } from '@visor/record';
import type { House, HouseSettings } from './house/house.ts';
import { localActs } from './house/local-acts.ts';
import { listenLocally } from './house/local-socket.ts';
import { openHouse } from './house/open-house.ts';
import { makeApp } from './http/app.ts';
import { ROUTES } from './routes/all.ts';

export interface Served extends AsyncDisposable {
  readonly house: House;
  readonly port: number;
}

/**
 * Opens the house and answers on loopback. It stops in the order that loses nothing: no new requests, the ones under
 * way answered, then the house.
 * @throws Fault `port` when something else has it
 */
export async function serve(settings: HouseSettings): Promise<Served> {
  await using starting = new AsyncDisposableStack();
  const house = starting.use(await openHouse(settings, { faces: true }));
  const app = makeApp(house, ROUTES);
  starting.use(await listenLocally(settings.folder, localActs(house), (error) => house.bug('local', error)));
  starting.defer(() => app.close());
  try {
    await app.listen({ host: '127.0.0.1', port: settings.port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'; // listen fails with a system error
    throw new Fault(
      'port',
      `Port ${settings.port} cannot be used (${code}). Set VISOR_PORT to another one.`,
      { port: settings.port },
      { cause },
    );
  }
  const { port } = app.server.address() as AddressInfo; // it listens on a TCP port, two lines above
  const held = starting.move();
  return { house, port, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

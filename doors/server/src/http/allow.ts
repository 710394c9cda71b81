import { Refusal } from '@visor/record';

/** The names under which this house answers; everything else is refused before authentication (DNS rebinding). */
export interface Allowed {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

export function allowedNames(port: number, url: string | undefined): Allowed {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
  const origins = new Set([...hosts].map((host) => `http://${host}`));
  if (url !== undefined) {
    const named = new URL(url);
    hosts.add(named.host);
    origins.add(named.origin);
  }
  return { hosts, origins };
}

/** @throws Refusal `request.host` or `request.origin`; both headers are the sender's to choose. */
export function checkNames(allowed: Allowed, host: string | undefined, origin: string | undefined): void {
  if (host === undefined || !allowed.hosts.has(host.toLowerCase())) throw new Refusal('request.host');
  if (origin !== undefined && !allowed.origins.has(origin)) throw new Refusal('request.origin');
}

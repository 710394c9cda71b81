import type { EntryDisclosure } from '@visor/ledger';
import { base64, canonicalBytes, type Id, type Instant, type JsonObject, rfc3339, type Sha256 } from '@visor/record';
import { jsonOf } from './contents.ts';

/**
 * What the house enters of a bundle that it makes: the values of the fields `bundle` and `entries` of a
 * `bundle.made` entry, which then goes into the bundle with the others. It fixes which entries the bundle has and
 * what is shown of each, so that nobody can leave one out or show less or more of it afterwards.
 *
 * @param entries  What the bundle shows, without its own `bundle.made` entry, in any order.
 * @returns        `entries` holds the count and the SHA-256 over RFC 8785 of id, time and the SHA-256 of every
 *                 disclosure (RFC 8785), by log and index.
 */
export function bundleFields(
  sha256: Sha256,
  { id, made, entries }: { id: Id<'bnd'>; made: Instant; entries: readonly EntryDisclosure[] },
): JsonObject {
  const ordered = [...entries].sort((a, b) => (a.log === b.log ? a.index - b.index : a.log < b.log ? -1 : 1));
  const digests = ordered.map((entry) => base64(sha256(canonicalBytes(jsonOf(entry)))));
  const whole = canonicalBytes({ visor: 'bundle.made/1', bundle: id, made: rfc3339(made), entries: digests });
  return { bundle: id, entries: { count: entries.length, sha256: base64(sha256(whole)) } };
}

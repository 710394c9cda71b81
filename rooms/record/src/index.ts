/** What every room shares: refusals, ids, canonical bytes, time and chance as arguments. No powers. */
export {
  type Bytes,
  base64,
  base64url,
  concat,
  equalBytes,
  fromBase64,
  fromHex,
  hex,
  text,
  u16,
  u32,
  u64,
  utf8,
} from './bytes.ts';
export { canonicalBytes, canonicalJson, type Json, type JsonObject, parseJson } from './canonical.ts';
export type { Hmac, Random, Sha256 } from './chance.ts';
export { type Facts, Fault, REFUSALS, Refusal, type RefusalCode } from './errors.ts';
export { bytesOfId, ID_PREFIXES, type Id, type IdPrefix, idOf, isId, newId, parseId } from './ids.ts';
export { type Instant, instant, parseInstant, rfc3339 } from './instant.ts';

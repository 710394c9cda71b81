/** What every room shares: refusals, ids, canonical bytes, time and chance as arguments. No powers. */
export {
  base64,
  base64url,
  type Bytes,
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
export { type Facts, Fault, REFUSALS, Refusal, type RefusalCode } from './errors.ts';
export { bytesOfId, type Id, type IdPrefix, ID_PREFIXES, idOf, isId, newId, parseId } from './ids.ts';
export { instant, type Instant, parseInstant, rfc3339 } from './instant.ts';
export { type Random, type Sha256, type Hmac } from './chance.ts';

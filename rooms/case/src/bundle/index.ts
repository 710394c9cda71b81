/** The evidence bundle as bytes: made and read without any power. Nothing here says whether its contents are true. */
export { buildBundle } from './build.ts';
export type { BundleEntry, BundleLog, Contents, EarlierHead } from './contents.ts';
export { type Damage, findDamage, isLikeBundle } from './damage.ts';
export { bundleFields } from './fields.ts';
export type { JsonPath } from './json-path.ts';
export { readBundle, readDamagedEntries } from './read.ts';
export { BUNDLE_LIMITS } from './unzip.ts';

/** For tests, benches and long runs of every door: a small house that makes real bundles, without any power. */
export { seededBytes, seededWhole } from './chance.ts';
export { liveIn, makeBundle, makeContents, makeReceipt, type Wanted } from './make-bundle.ts';
export {
  type Act,
  cardOf,
  consistencyOf,
  disclose,
  enter,
  forkHouse,
  type HouseTools,
  headOf,
  proveEntry,
  type Show,
  type SmallHouse,
  signBody,
  sizeOf,
  smallHouse,
} from './small-house.ts';

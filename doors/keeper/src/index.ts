/** The process that holds the keys, and the client that starts it and asks it. No third-party dependency. */
export { type BudgetSizes, USUAL_BUDGETS } from './budgets.ts';
export type { KeeperPort } from './calls.ts';
export { vrfOutput, vrfProve, vrfPublicKey, vrfVerify } from './ecvrf.ts';
export { type KeeperParts, type OpenedKeeper, openKeeper } from './open-keeper.ts';
export { type KeeperClient, type KeeperStatus, type StartParts, startKeeper } from './start-keeper.ts';
export { decode, encode, type Wire } from './wire.ts';
